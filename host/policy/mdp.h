#pragma once
#include <cstdint>
#include <vector>

#include "host/config/settings.h"
#include "host/data/dataset.h"
#include "host/policy/token_bucket.h"
#include "host/stop_request.h"

namespace edgesweep {

/// The solved value iteration of docs/model.md#mdp.
struct MdpSolution {
  /// [n - P], n = P..M: normalised metric; offload if metric >= threshold
  std::vector<double> threshold;
  /// [n - Q], n = Q..M: V at the last sweep (published) or the optimal V (converged)
  std::vector<double> value;
  int64_t sweeps = 0;
  /// false: stopped at 10,000 sweeps (published) or at ten million (converged)
  bool converged = false;
};

/// Value iteration on the upper concave hull of (F, G): O(M log H) a sweep, and bit for bit what
/// solve_mdp_plain returns. 0 <= discount < 1; at least one training image; images of equal metric
/// are taken in the order of the set.
///
/// `published` is the stopping rule of the reference; `published_mdp` compares with the largest
/// |metric| in place of the range. `converged` iterates on values relative to V[M] (adding a
/// constant to V changes no threshold) until one sweep changes all of them alike: until max - min
/// of the change is at most 1e-12 of (largest |G_k| + spread of V). By the bounds of MacQueen and
/// Odoni the thresholds then earn, per image, within that of the optimum. The discount alone gets
/// there in about 28 / (1 - discount) sweeps. Throws Stopped when `request` asks for that between
/// sweeps.
MdpSolution solve_mdp(const TransitionMatrix& transition, const ImageSet& training, double discount,
                      MdpSettings::Stop stop, const StopRequest& request = {});

}  // namespace edgesweep
