// Simulation: the network's images against the floating-point work they need, and threshold
// policies against a plain loop.
#include <benchmark/benchmark.h>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/network_decision.h"
#include "host/engine/cpu/simd.h"
#include "tests/bench/bench_problems.h"
#include "tests/reference/reference_simulator.h"

namespace edgesweep {
namespace {

/// First layer to decision, floating-point operations.
double decision_work(const NetworkShape& shape) {
  double work = 2.0 * shape.sizes[shape.sizes.size() - 2];
  for (int l = 0; l + 1 < shape.layers(); ++l) work += 2.0 * shape.sizes[l] * shape.sizes[l + 1];
  return work;
}

SimulationRequest network_request(const RunProblem& problem, const std::vector<float>& weights) {
  SimulationRequest request;
  request.source = &problem.test;
  request.bucket = problem.bucket;
  request.shape = &problem.training->shape;
  request.weights = &weights;
  request.history_metrics = problem.training->dqn.history_metrics;
  request.history_gaps = problem.training->dqn.history_gaps;
  request.whole_sequence_sums = false;
  return request;
}

/// A network that never offloads: the bucket stays full, so every image is evaluated.
void SimulateNetwork(benchmark::State& state) {
  const RunProblem problem =
      bench::prepared(bench::settings_with_outputs(static_cast<int>(state.range(0))));
  const std::vector<float> weights = bench::weights_that_keep(problem);
  SimulationRequest request = network_request(problem, weights);
  request.size = {100, 200};
  bench::on_one_thread([&] {
    for (auto _ : state) benchmark::DoNotOptimize(simulate_on_cpu(request).network);
  });
  const double images = static_cast<double>(request.size.sequences * request.size.images);
  state.counters["FLOP"] = benchmark::Counter(images * decision_work(problem.training->shape),
                                              benchmark::Counter::kIsIterationInvariantRate);
  state.SetItemsProcessed(state.iterations() * request.size.sequences * request.size.images);
}
BENCHMARK(SimulateNetwork)
    ->ArgName("outputs")
    ->Arg(13)
    ->Arg(91)
    ->Arg(781)
    ->Unit(benchmark::kMillisecond);

/// One image at a time, as on a camera: history, network, decision.
void DecideOneImage(benchmark::State& state) {
  const RunProblem problem =
      bench::prepared(bench::settings_with_outputs(static_cast<int>(state.range(0))));
  const TrainingProblem& training = *problem.training;
  NetworkDecision network(training.shape, problem.bucket, training.dqn,
                          initial_weights(training.shape, 1));
  float metric = -1.0f;
  for (auto _ : state) {
    metric = metric < 1.0f ? metric + 0.01f : -1.0f;
    benchmark::DoNotOptimize(network.decide(metric, 1.0f, problem.bucket.capacity, 0.0f));
  }
  state.counters["FLOP"] = benchmark::Counter(decision_work(training.shape),
                                              benchmark::Counter::kIsIterationInvariantRate);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(DecideOneImage)->ArgName("outputs")->Arg(13)->Arg(91)->Arg(781);

SimulationRequest threshold_request(const RunProblem& problem, int64_t images) {
  SimulationRequest request;
  request.source = &problem.test;
  request.bucket = problem.bucket;
  request.size = {16, images};
  request.thresholds = {
      {Policy::mdp, {problem.mdp_threshold.begin(), problem.mdp_threshold.end()}}};
  request.whole_sequence_sums = false;
  return request;
}

RunSettings arrival_settings(int64_t modulated) {
  RunSettings settings = bench::paper_settings();
  settings.depth = 4;
  if (modulated != 0)
    settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.001, 0.0005, "", ""};
  return settings;
}

/// One threshold policy: generator and bucket. Argument: modulated arrivals or periodic ones.
void ScanThresholds(benchmark::State& state) {
  const RunProblem problem = bench::prepared(arrival_settings(state.range(0)));
  const SimulationRequest request = threshold_request(problem, 100'000);
  bench::on_one_thread([&] {
    for (auto _ : state) benchmark::DoNotOptimize(simulate_on_cpu(request).thresholds);
  });
  state.SetItemsProcessed(state.iterations() * request.size.sequences * request.size.images);
}
BENCHMARK(ScanThresholds)->ArgName("modulated")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

/// The same image by image.
void PlainThresholds(benchmark::State& state) {
  const RunProblem problem = bench::prepared(arrival_settings(state.range(0)));
  const SimulationRequest request = threshold_request(problem, 10'000);
  for (auto _ : state) benchmark::DoNotOptimize(reference_simulation(request).thresholds);
  state.SetItemsProcessed(state.iterations() * request.size.sequences * request.size.images);
}
BENCHMARK(PlainThresholds)->ArgName("modulated")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace edgesweep
