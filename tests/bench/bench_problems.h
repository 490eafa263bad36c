#pragma once
#include <benchmark/benchmark.h>
#include <tbb/task_arena.h>

#include "host/engine/problem/resolve.h"

namespace edgesweep::bench {

/// The paper's network and batch, 96 - 5 x 64 - outputs, on the committed dataset; periodic
/// arrivals, local reset 0.1 / 0.1, all policies.
RunSettings paper_settings();

/// paper_settings() with a rate and depth that give this many outputs: 13, 91 or 781.
RunSettings settings_with_outputs(int outputs);

RunProblem prepared(const RunSettings& settings);

/// Initial weights with the bias of every offload output far down: a policy that never offloads.
std::vector<float> weights_that_keep(const RunProblem& problem);

/// Reports floating-point operations a second.
inline void count_work(benchmark::State& state, double work_per_iteration) {
  state.counters["FLOP"] =
      benchmark::Counter(work_per_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

/// Runs the function in an arena of one thread, so that nothing spreads.
template <typename Function>
void on_one_thread(const Function& function) {
  tbb::task_arena arena(1);
  arena.execute(function);
}

}  // namespace edgesweep::bench
