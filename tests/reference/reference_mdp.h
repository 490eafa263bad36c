#pragma once
#include "host/policy/mdp.h"

namespace edgesweep {

/// The same rule as docs/model.md#mdp writes it, scanning all N thresholds in every sweep: slow,
/// the oracle of the tests.
MdpSolution solve_mdp_plain(const TransitionMatrix& transition, const ImageSet& training,
                            double discount, MdpSettings::Stop stop);

}  // namespace edgesweep
