#pragma once
#include <vector>

#include "host/engine/fleet/fleet_simulation.h"
#include "host/engine/problem/problem.h"

namespace edgesweep {

/// One simulation of fleets whose cameras decide by one network (docs/model.md#learned-fleets).
/// What it points to outlives it.
struct LearnedFleetRequest {
  const TrainingProblem* training = nullptr;  ///< of a fleet
  const std::vector<float>* weights = nullptr;
  const SequenceSource* source = nullptr;
  SimulationSize size;  ///< images: time steps
  StopRequest stop_requested;
  bool occupancy = true;  ///< is wanted
};

/// What they did; sums by sequence.
struct LearnedFleetOutcome {
  FleetOutcome fleet;
  std::vector<int64_t> occupancy;  ///< as switch_occupancy; of no meaning unless wanted
};

}  // namespace edgesweep
