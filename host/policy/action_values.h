#pragma once
#include <vector>

#include "host/policy/mdp.h"
#include "kernels/outputs.cuh"

namespace edgesweep {

/// What a network's outputs are to the MDP, which has not seen the image: gamma (T V)[n] for n =
/// Q..M, then mean reward + gamma (T V)[n - P] for n = P..M (docs/model.md#warm-start), or, of
/// after_states, gamma (T V)[a] for a = 0..M. Their mean is subtracted. solution: of value
/// iteration with this transition, discount and set, converged.
std::vector<double> mdp_outputs(const TransitionMatrix& transition, const ImageSet& training,
                                const MdpSolution& solution, double discount, Outputs outputs);

}  // namespace edgesweep
