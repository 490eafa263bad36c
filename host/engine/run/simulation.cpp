#include "host/engine/run/simulation.h"

#include <cmath>
#include <limits>

namespace edgesweep {

PolicyResult policy_result(Policy policy, const std::vector<SequenceOutcome>& outcomes,
                           const SimulationSize& size, double mean_weak_cost) {
  const double images = static_cast<double>(size.images);
  const double sequences = static_cast<double>(outcomes.size());
  double reward = 0;
  double offloads = 0;
  for (const SequenceOutcome& outcome : outcomes) {
    reward += outcome.reward;
    offloads += static_cast<double>(outcome.offloads);
  }
  PolicyResult result;
  result.policy = policy;
  result.loss = mean_weak_cost - reward / (sequences * images);
  result.offload_rate = offloads / (sequences * images);
  const double mean = reward / (sequences * images);
  double squares = 0;
  for (const SequenceOutcome& outcome : outcomes) {
    const double deviation = outcome.reward / images - mean;
    squares += deviation * deviation;
  }
  result.loss_se = outcomes.size() > 1 ? std::sqrt(squares / (sequences - 1) / sequences)
                                       : std::numeric_limits<double>::quiet_NaN();
  return result;
}

}  // namespace edgesweep
