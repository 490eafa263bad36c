#pragma once
#include "host/engine/run/simulation.h"

namespace edgesweep {

/// The simulation of docs/model.md#policies image by image, one network row at a time, drawing each
/// image from its own block: slow, and the oracle of the fast one. Same outcome bit for bit.
SimulationOutcome reference_simulation(const SimulationRequest& request);

}  // namespace edgesweep
