#pragma once
#include "host/engine/fleet/search.h"

namespace edgesweep {

/// Every point of the grid on its own: the oracle.
SearchOutcome search_fleets_plainly(const SearchProblem& problem, const FleetSimulator& simulate);

}  // namespace edgesweep
