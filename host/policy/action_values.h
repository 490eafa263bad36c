#pragma once
#include <vector>

#include "host/policy/mdp.h"

namespace edgesweep {

/// What both actions are worth to the MDP before it has seen the image, in the order of a network's
/// outputs (SPEC.md section 6): gamma (T V)[n] for n = Q..M, then mean reward + gamma (T V)[n - P]
/// for n = P..M; their mean is subtracted. solution: of value iteration with this transition,
/// discount and set, converged.
std::vector<double> mdp_action_values(const TransitionMatrix& transition, const ImageSet& training,
                                      const MdpSolution& solution, double discount);

}  // namespace edgesweep
