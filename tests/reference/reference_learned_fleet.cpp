#include "tests/reference/reference_learned_fleet.h"

#include <algorithm>
#include <cmath>

#include "host/engine/network/decision_table.h"
#include "kernels/fleet_network.cuh"
#include "kernels/network.cuh"
#include "tests/reference/reference_trainer.h"

namespace edgesweep {
namespace {

/// One camera, as kernels/fleet_network.cuh describes it.
struct PlainCamera {
  int32_t own_units = 0;
  float passed[6] = {}, lost[6] = {};  ///< over 2, 4, ... 64 steps

  std::vector<float> inputs(const FleetNetwork& fleet, float metric) const {
    std::vector<float> all = {metric, metric - fleet.threshold[static_cast<size_t>(own_units)]};
    for (int span = 0; span < 6; ++span) all.insert(all.end(), {passed[span], lost[span]});
    return all;
  }

  void remember(const FleetNetwork& fleet, bool offload, bool passes) {
    constexpr float kWeight[] = {1.0625f, 0.75f, 0.53125f, 0.375f, 0.265625f, 0.1875f};
    for (int span = 0; span < 6; ++span) {
      const float kept = 1 - std::exp2(-static_cast<float>(span + 1));
      passed[span] *= kept;
      lost[span] *= kept;
      if (offload) (passes ? passed : lost)[span] += kWeight[span];
    }
    if (offload) own_units = std::max(own_units - fleet.own.cost, 0);
    own_units = std::min(own_units + fleet.own.refill, fleet.own.capacity);
  }
};

/// The network, evaluated one image at a time.
class PlainNetwork {
 public:
  PlainNetwork(const NetworkShape& shape, const std::vector<float>& weights)
      : shape_(shape),
        weights_(weights),
        table_(make_decision_table(shape, kOneState, Outputs::action_values, weights)) {}

  bool decides_to_offload(const std::vector<float>& inputs) const {
    Activations activations;
    activations.layer = {inputs};
    reference_forward(shape_, weights_, 1, activations);
    const std::vector<float>& hidden = activations.layer[activations.layer.size() - 2];
    return decision(hidden.data(), table_.row(0), table_.width, table_.bias_difference[0]) >= 0;
  }

 private:
  const NetworkShape& shape_;
  const std::vector<float>& weights_;
  const DecisionTable table_;
};

}  // namespace

std::vector<LearnedSlot> walk_learned_fleet(const TrainingProblem& training,
                                            const std::vector<float>& weights,
                                            const SequenceSource& source, int64_t sequence,
                                            int64_t steps) {
  const FleetNetwork& fleet = *training.fleet;
  const PlainNetwork network(training.shape, weights);
  std::vector<PlainCamera> cameras(static_cast<size_t>(fleet.at_switch.cameras));
  std::vector<uint32_t> location(cameras.size(), 0);
  for (PlainCamera& camera : cameras) camera.own_units = fleet.own.capacity;
  int32_t units = fleet.at_switch.bucket.capacity;
  std::vector<LearnedSlot> slots;
  for (int64_t t = 0; t < steps; ++t)
    for (size_t d = 0; d < cameras.size(); ++d) {
      const StreamKey key{source.seed, static_cast<uint32_t>(sequence), static_cast<uint32_t>(d),
                          source.purpose};
      LearnedSlot slot;
      slot.rank = draw_index(source.metric_law, key, static_cast<uint32_t>(t), location[d]);
      slot.inputs = cameras[d].inputs(fleet, source.images->metric_single[slot.rank]);
      slot.units = units;
      slot.offload = network.decides_to_offload(slot.inputs);
      slot.passes = slot.offload && units >= fleet.at_switch.bucket.cost;
      if (slot.passes) units -= fleet.at_switch.bucket.cost;
      units = std::min(units + fleet.at_switch.bucket.refill, fleet.at_switch.bucket.capacity);
      cameras[d].remember(fleet, slot.offload, slot.passes);
      slots.push_back(slot);
    }
  return slots;
}

LearnedFleetOutcome reference_learned_fleet(const LearnedFleetRequest& request) {
  const TokenBucket& bucket = request.training->fleet->at_switch.bucket;
  LearnedFleetOutcome outcome;
  outcome.occupancy.resize(static_cast<size_t>(bucket.capacity) + 1);
  for (int64_t s = 0; s < request.size.sequences; ++s) {
    FleetSums sums;
    for (const LearnedSlot& slot : walk_learned_fleet(*request.training, *request.weights,
                                                      *request.source, s, request.size.images)) {
      ++outcome.occupancy[static_cast<size_t>(slot.units)];
      sums.offloads += slot.offload ? 1 : 0;
      sums.passed += slot.passes ? 1 : 0;
      if (slot.passes) sums.reward += request.source->images->reward[slot.rank];
    }
    outcome.fleet.sums.push_back(sums);
  }
  outcome.occupancy.erase(outcome.occupancy.begin(), outcome.occupancy.begin() + bucket.refill);
  return outcome;
}

LearnedSamples reference_learned_samples(const TrainingProblem& training,
                                         const std::vector<float>& weights, int64_t iteration) {
  const FleetNetwork& fleet = *training.fleet;
  const FleetSettings::Training& sizes = fleet.training;
  const int32_t cameras = fleet.at_switch.cameras;
  const int64_t windows = windows_per_iteration(training.dqn);
  const int64_t per_fleet = sizes.steps * cameras;
  const int64_t fleets = (windows + per_fleet - 1) / per_fleet;
  LearnedSamples samples;
  samples.inputs.resize(static_cast<size_t>(windows));
  samples.gain.resize(static_cast<size_t>(windows));
  for (int64_t f = 0; f < fleets; ++f) {
    const std::vector<LearnedSlot> slots =
        walk_learned_fleet(training, weights, training.windows, iteration * fleets + f,
                           sizes.warm_up + sizes.steps + sizes.horizon);
    std::vector<uint8_t> wants_offload;
    std::vector<float> reward;
    for (const LearnedSlot& slot : slots) {
      wants_offload.push_back(slot.offload);
      reward.push_back(static_cast<float>(training.windows.images->reward[slot.rank]));
    }
    for (int64_t i = 0; i < per_fleet; ++i) {
      const int64_t row = (f * per_fleet + i) * 2654435761 % (fleets * per_fleet);
      if (row >= windows) continue;
      const auto at = static_cast<size_t>(sizes.warm_up * cameras + i);
      samples.inputs[static_cast<size_t>(row)] = slots[at].inputs;
      samples.gain[static_cast<size_t>(row)] = static_cast<float>(
          offload_gain(fleet.at_switch, wants_offload.data() + at, reward.data() + at,
                       sizes.horizon * cameras + 1, slots[at].units, training.dqn.discount));
    }
  }
  return samples;
}

void reference_learned_iteration(const TrainingProblem& training, TrainingState& state) {
  const LearnedSamples samples =
      reference_learned_samples(training, state.weights, state.iteration);
  const double learning_rate = learning_rate_at(training.dqn, state.iteration);
  const int batch = training.dqn.batch;
  double error = 0;
  for (int m = 0; m < training.dqn.mini_batches; ++m) {
    std::vector<float> inputs, targets;
    for (int b = 0; b < batch; ++b) {
      const auto row = static_cast<size_t>(m * batch + b);
      inputs.insert(inputs.end(), samples.inputs[row].begin(), samples.inputs[row].end());
      targets.insert(targets.end(), {-samples.gain[row] / 2, samples.gain[row] / 2});
    }
    error += reference_step(training.shape, inputs, targets, batch, learning_rate, state);
  }
  state.mean_squared_error = error / training.dqn.mini_batches;
  ++state.iteration;
}

}  // namespace edgesweep
