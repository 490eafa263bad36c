// The clairvoyant bound against the dynamic programme as it is written.
#include <benchmark/benchmark.h>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/policy/rewards.h"
#include "tests/bench/bench_problems.h"
#include "tests/reference/reference_simulator.h"

namespace edgesweep {
namespace {

/// The bucket (1, 20, 20 depth).
RunProblem problem_of(int64_t depth) {
  RunSettings settings = bench::paper_settings();
  settings.policies = {Policy::clairvoyant, Policy::clairvoyant_metric};
  settings.rate = 0.05;
  settings.depth = static_cast<double>(depth);
  return bench::prepared(settings);
}

SimulationRequest request_of(const RunProblem& problem, bool metric, const SimulationSize& size) {
  SimulationRequest request;
  request.source = &problem.test;
  request.size = size;
  request.bucket = problem.bucket;
  request.whole_sequence_sums = false;
  const ImageSet& images = *problem.test.images;
  if (metric)
    request.clairvoyants = {{Policy::clairvoyant_metric, fixed_point_values(images.raw_metric)}};
  else
    request.clairvoyants = {{Policy::clairvoyant, fixed_point_values(images.reward)}};
  return request;
}

void count(benchmark::State& state, const SimulationRequest& request) {
  const int64_t images = request.size.sequences * request.size.images;
  state.SetItemsProcessed(state.iterations() * images);
  state.counters["states"] =
      benchmark::Counter(static_cast<double>(images) * (request.bucket.capacity + 1),
                         benchmark::Counter::kIsIterationInvariantRate);
}

/// Images a second, and (image, state) pairs a second; both policies.
void Clairvoyant(benchmark::State& state) {
  const RunProblem problem = problem_of(state.range(1));
  const SimulationRequest request = request_of(problem, state.range(0) != 0, {4, 100'000});
  bench::on_one_thread([&] {
    for (auto _ : state) benchmark::DoNotOptimize(simulate_on_cpu(request).clairvoyants);
  });
  count(state, request);
}
BENCHMARK(Clairvoyant)
    ->ArgNames({"metric", "depth"})
    ->ArgsProduct({{0, 1}, {1, 5, 20}})
    ->Unit(benchmark::kMillisecond);

/// The same with a table of all values.
void PlainClairvoyant(benchmark::State& state) {
  const RunProblem problem = problem_of(state.range(1));
  const SimulationRequest request = request_of(problem, state.range(0) != 0, {1, 10'000});
  for (auto _ : state) benchmark::DoNotOptimize(reference_simulation(request).clairvoyants);
  count(state, request);
}
BENCHMARK(PlainClairvoyant)
    ->ArgNames({"metric", "depth"})
    ->ArgsProduct({{0, 1}, {20}})
    ->Unit(benchmark::kMillisecond);

/// By the length of one sequence: from about 150,000 images on it is cut into segments.
void ClairvoyantByImages(benchmark::State& state) {
  const RunProblem problem = problem_of(20);
  const SimulationRequest request = request_of(problem, true, {1, state.range(0)});
  bench::on_one_thread([&] {
    for (auto _ : state) benchmark::DoNotOptimize(simulate_on_cpu(request).clairvoyants);
  });
  count(state, request);
}
BENCHMARK(ClairvoyantByImages)
    ->ArgName("images")
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace edgesweep
