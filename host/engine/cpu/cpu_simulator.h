#pragma once
#include "host/engine/run/simulation.h"

namespace edgesweep {

/// Simulates all policies of a request on the threads of the calling arena. Sequences are taken in
/// groups whose images are generated in chunks, so memory does not grow with their length. Every
/// sequence is scanned in order by one thread: the outcome does not depend on groups, chunks or
/// threads. docs/model.md#policies.
SimulationOutcome simulate_on_cpu(const SimulationRequest& request);

}  // namespace edgesweep
