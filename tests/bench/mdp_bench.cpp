// Sweeps of value iteration on the committed dataset's 33,333 training images.
#include <benchmark/benchmark.h>

#include "host/policy/gap_law.h"
#include "host/policy/mdp.h"
#include "host/policy/token_bucket.h"
#include "tests/bench/bench_problems.h"
#include "tests/reference/reference_mdp.h"

namespace edgesweep {
namespace {

struct MdpCase {
  explicit MdpCase(int64_t capacity) {
    // (Q, P, M) = (1, 10, 50) and (1, 20, 400).
    bucket = capacity == 50 ? *make_token_bucket(0.1, 5) : *make_token_bucket(0.05, 20);
    if (bucket.capacity != capacity) throw std::invalid_argument("no bucket of this capacity");
  }
  TokenBucket bucket;
  RunProblem problem = bench::prepared(bench::paper_settings());
  TransitionMatrix transition() const { return make_transition_matrix(bucket, periodic_gaps()); }
};

/// Items are sweeps; the hull and the curve are made once per solution, as in a run.
void MdpSweep(benchmark::State& state) {
  const MdpCase c(state.range(0));
  const TransitionMatrix transition = c.transition();
  int64_t sweeps = 0;
  for (auto _ : state)
    sweeps +=
        solve_mdp(transition, c.problem.dataset->training, 0.9999, MdpSettings::Stop::converged)
            .sweeps;
  state.SetItemsProcessed(sweeps);
}
BENCHMARK(MdpSweep)->ArgName("M")->Arg(50)->Arg(400)->Unit(benchmark::kMillisecond);

/// The released stopping rule from start to end, what a run pays.
void MdpPublished(benchmark::State& state) {
  const MdpCase c(state.range(0));
  const TransitionMatrix transition = c.transition();
  for (auto _ : state)
    benchmark::DoNotOptimize(
        solve_mdp(transition, c.problem.dataset->training, 0.9999, MdpSettings::Stop::published));
}
BENCHMARK(MdpPublished)->ArgName("M")->Arg(50)->Arg(400)->Unit(benchmark::kMillisecond);

/// Scanning all images in every sweep.
void PlainMdpSweep(benchmark::State& state) {
  const MdpCase c(state.range(0));
  const TransitionMatrix transition = c.transition();
  int64_t sweeps = 0;
  for (auto _ : state)
    sweeps += solve_mdp_plain(transition, c.problem.dataset->training, 0.9999,
                              MdpSettings::Stop::published)
                  .sweeps;
  state.SetItemsProcessed(sweeps);
}
BENCHMARK(PlainMdpSweep)->ArgName("M")->Arg(50)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace edgesweep
