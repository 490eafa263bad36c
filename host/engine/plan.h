#pragma once
#include <optional>
#include <vector>

#include "host/engine/network_shape.h"

namespace edgesweep {

/// What one run costs. Work in floating-point operations, a fused multiply-add counting two.
struct RunPlan {
  TokenBucket bucket;
  std::optional<NetworkShape> shape;  ///< nothing without `dqn`
  double iteration_work = 0;          ///< of one Q iteration
  int64_t evaluations = 0;            ///< while it trains
  double evaluation_work = 0;         ///< of one
  double training_work = 0;           ///< all Q iterations and evaluations
  double simulation_work =
      0;  ///< hidden layers of every test image: an upper bound, images without a token are skipped
  double memory_bytes = 0;  ///< while it trains
  int cohort = -1;          ///< number of its cohort; -1 without `dqn`
};

/// Runs whose networks have the same shape but for the output width.
struct CohortPlan {
  std::vector<int32_t> sizes;  ///< inputs and hidden layers
  int batch = 0;
  std::vector<size_t> runs;
};

struct SweepPlan {
  std::vector<RunPlan> runs;  ///< in the order of the sweep
  std::vector<CohortPlan> cohorts;
  std::vector<size_t> order;  ///< runs, longest first
  double work = 0;
  double memory_bytes = 0;  ///< the `threads` largest runs at once; files and results come on top
};

/// Pure arithmetic: nothing is read or run. Throws InputError for a rate and depth without a valid
/// bucket.
SweepPlan make_plan(const std::vector<RunSettings>& runs, int threads);

}  // namespace edgesweep
