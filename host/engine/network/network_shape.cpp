#include "host/engine/network/network_shape.h"

#include <cmath>

#include "kernels/fleet_network.cuh"

namespace edgesweep {

int64_t NetworkShape::parameters() const {
  int64_t count = 0;
  for (int l = 0; l < layers(); ++l) count += (int64_t{sizes[l]} + 1) * sizes[l + 1];
  return count;
}

double NetworkShape::forward_work() const {
  double work = 0;
  for (int l = 0; l < layers(); ++l) work += 2.0 * sizes[l] * sizes[l + 1];
  return work;
}

double NetworkShape::training_work() const {
  return 3.0 * forward_work() - 2.0 * sizes[0] * sizes[1];  // the inputs need no gradient
}

bool is_learned_fleet(const RunSettings& settings) {
  return settings.fleet.count > 1 && settings.has(Policy::dqn);
}

DqnSettings network_settings(const RunSettings& settings) {
  DqnSettings dqn = settings.dqn;
  if (settings.fleet.count == 1) return dqn;
  dqn.history_metrics = kFleetInputs - 1;
  dqn.history_gaps = -1;
  dqn.outputs = Outputs::action_values;
  return dqn;
}

TokenBucket network_bucket(const RunSettings& settings, const TokenBucket& bucket) {
  return settings.fleet.count == 1 ? bucket : kOneState;
}

NetworkShape make_network_shape(const DqnSettings& dqn, const TokenBucket& bucket) {
  NetworkShape shape;
  shape.sizes.push_back(dqn.history_metrics + 1 +
                        (dqn.history_gaps >= 0 ? dqn.history_gaps + 1 : 0));
  for (int l = 0; l < dqn.layers; ++l) shape.sizes.push_back(dqn.width);
  shape.sizes.push_back(output_count(bucket, dqn.outputs));
  return shape;
}

std::vector<float> initial_weights(const NetworkShape& shape, uint64_t seed) {
  std::vector<float> parameters;
  parameters.reserve(static_cast<size_t>(shape.parameters()));
  for (int l = 0; l < shape.layers(); ++l) {
    const float limit = static_cast<float>(std::sqrt(6.0 / shape.sizes[l]));
    const int64_t count = int64_t{shape.sizes[l]} * shape.sizes[l + 1];
    const StreamKey key{seed, static_cast<uint32_t>(l), 0, Purpose::initial_weights};
    for (int64_t i = 0; i < count; ++i)
      parameters.push_back(
          limit * uniform_symmetric(random_word(key, Channel::offset, static_cast<uint32_t>(i))));
    parameters.insert(parameters.end(), static_cast<size_t>(shape.sizes[l + 1]), 0.0f);
  }
  return parameters;
}

}  // namespace edgesweep
