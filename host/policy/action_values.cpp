#include "host/policy/action_values.h"

#include "host/policy/transition_product.h"

namespace edgesweep {

std::vector<double> mdp_action_values(const TransitionMatrix& transition, const ImageSet& training,
                                      const MdpSolution& solution, double discount) {
  const TokenBucket& bucket = transition.bucket;
  std::vector<double> expected;  // (T V)[n], n = 0..M
  TransitionProduct(transition).apply(solution.value, expected);

  double mean_reward = 0;
  for (const double reward : training.reward) mean_reward += reward;
  mean_reward /= static_cast<double>(training.size());

  std::vector<double> values;
  for (int32_t n = bucket.refill; n <= bucket.capacity; ++n)
    values.push_back(discount * expected[static_cast<size_t>(n)]);
  for (int32_t n = bucket.cost; n <= bucket.capacity; ++n)
    values.push_back(mean_reward + discount * expected[static_cast<size_t>(n - bucket.cost)]);

  double mean = 0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  for (double& value : values) value -= mean;
  return values;
}

}  // namespace edgesweep
