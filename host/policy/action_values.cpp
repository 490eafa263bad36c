#include "host/policy/action_values.h"

#include "host/policy/transition_product.h"

namespace edgesweep {

std::vector<double> mdp_outputs(const TransitionMatrix& transition, const ImageSet& training,
                                const MdpSolution& solution, double discount, Outputs outputs) {
  const TokenBucket& bucket = transition.bucket;
  std::vector<double> expected;  // (T V)[n], n = 0..M
  TransitionProduct(transition).apply(solution.value, expected);

  double mean_reward = 0;
  for (const double reward : training.reward) mean_reward += reward;
  mean_reward /= static_cast<double>(training.size());

  std::vector<double> values;
  for (int32_t n = first_kept(bucket, outputs); n <= bucket.capacity; ++n)
    values.push_back(discount * expected[static_cast<size_t>(n)]);
  for (int32_t a = 0; a < offload_outputs(bucket, outputs); ++a)
    values.push_back(mean_reward + discount * expected[static_cast<size_t>(a)]);

  double mean = 0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  for (double& value : values) value -= mean;
  return values;
}

}  // namespace edgesweep
