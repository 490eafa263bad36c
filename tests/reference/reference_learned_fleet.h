#pragma once
#include "host/engine/fleet/learned_fleet_simulation.h"

namespace edgesweep {

// docs/model.md#learned-fleets step by step and camera by camera: slow, the oracle of the tests.

/// What happened in one slot.
struct LearnedSlot {
  std::vector<float> inputs;  ///< of the network
  uint32_t rank = 0;
  int32_t units = 0;  ///< of the switch when the slot began
  bool offload = false, passes = false;
};

/// All slots of one sequence, in their order.
std::vector<LearnedSlot> walk_learned_fleet(const TrainingProblem& training,
                                            const std::vector<float>& weights,
                                            const SequenceSource& source, int64_t sequence,
                                            int64_t steps);

LearnedFleetOutcome reference_learned_fleet(const LearnedFleetRequest& request);

/// What one Q iteration trains on: rows of inputs, and what each image's offload gains.
struct LearnedSamples {
  std::vector<std::vector<float>> inputs;
  std::vector<float> gain;
};
LearnedSamples reference_learned_samples(const TrainingProblem& training,
                                         const std::vector<float>& weights, int64_t iteration);

/// One whole Q iteration.
void reference_learned_iteration(const TrainingProblem& training, TrainingState& state);

}  // namespace edgesweep
