// The quantities of kernels/README.md's model, measured: seconds of a Q iteration's two parts and
// of a simulation on device 0, beside what the model expects. `cuda_bench` runs on a GPU;
// `cuda_bench_emulated` is the same on the emulation, where times mean nothing (it shows that this
// file works).
#include <benchmark/benchmark.h>

#include <cstdio>

#include "host/engine/backends.h"
#include "host/engine/cuda/cuda_simulator.h"
#include "host/engine/cuda/device_trainer.h"
#include "host/engine/plan/device_time.h"
#include "tests/support/learned_fleets.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

/// The paper's network at rate 0.1 and a depth. mini_batches: fewer shorten a run on the emulation.
RunSettings paper_settings(double depth, int mini_batches, Math math) {
  RunSettings settings = testing::small_settings();
  settings.depth = depth;
  settings.math = math;
  settings.dqn.history_metrics = 95;
  settings.dqn.layers = 5;
  settings.dqn.width = 64;
  settings.dqn.batch = 128;
  settings.dqn.mini_batches = mini_batches;
  settings.dqn.schedule = {{1000000, 1e-3}};
  return settings;
}

/// The network that so many cameras share, configs/edgeml_mdp/learned_devices.json.
RunSettings fleet_settings(int cameras, int mini_batches) {
  RunSettings settings = testing::learned_fleet_settings(cameras);
  settings.dqn.width = 32;
  settings.dqn.batch = 64;
  settings.dqn.mini_batches = mini_batches;
  settings.dqn.schedule = {{1000000, 1e-3}};
  settings.fleet.training = {256, 8, 64};
  return settings;
}

/// Networks of one problem side by side.
struct Cohort {
  Cohort(const RunSettings& settings, int networks)
      : problem(settings.fleet.count > 1 ? testing::prepared_fleet(settings)
                                         : testing::prepared(settings)),
        context(0),
        demand(demand_of(*problem.training, settings.math)),
        plan(plan_training({&demand}, context.limits())),
        iteration(plan, static_cast<size_t>(networks), settings.dqn.mini_batches, settings.math,
                  context) {
    const TrainingState state = initial_state(*problem.training);
    for (int i = 0; i < networks; ++i) {
      trainers.push_back(std::make_unique<DeviceTrainer>(*problem.training, state, plan, context));
      pointers.push_back(trainers.back().get());
    }
  }
  RunProblem problem;
  DeviceContext context;
  NetworkDemand demand;
  TrainingPlan plan;
  CohortIteration iteration;
  std::vector<std::unique_ptr<DeviceTrainer>> trainers;
  std::vector<DeviceTrainer*> pointers;
};

void measure_iterations(const RunSettings& settings, int networks, benchmark::State& state) {
  Cohort cohort(settings, networks);
  cohort.iteration.run(cohort.pointers);  // warm caches, captured graphs
  double targets = 0;
  double training = 0;
  for (auto _ : state) {
    cohort.iteration.run(cohort.pointers);
    targets += cohort.iteration.targets_seconds();
    training += cohort.iteration.training_seconds();
  }
  const double iterations = static_cast<double>(state.iterations());
  NetworkDemand once = cohort.demand;
  once.dqn.schedule = {{1, 1e-3}};
  const DeviceTime expected =
      expected_time(std::vector<const NetworkDemand*>(static_cast<size_t>(networks), &once), 0,
                    cohort.context.limits());
  const double windows = static_cast<double>(windows_per_iteration(once.dqn)) * networks;
  const double peak = 2.0 * cohort.context.limits().single_precision_lanes *
                      cohort.context.limits().clock_hertz * cohort.context.limits().multiprocessors;
  state.SetLabel(cohort.context.limits().name);
  state.counters["targets_ms"] = 1e3 * targets / iterations;
  state.counters["targets_expected_ms"] = 1e3 * expected.targets;
  state.counters["targets_peak_%"] = 100 * windows * forward_passes(once) *
                                     once.shape.forward_work() * iterations / targets / peak;
  state.counters["training_ms"] = 1e3 * training / iterations;
  state.counters["training_expected_ms"] = 1e3 * expected.training;
  state.counters["training_peak_%"] =
      100 * windows * once.shape.training_work() * iterations / training / peak;
}

/// Arguments: depth, networks, mini-batches, 1 for fast.
void q_iteration(benchmark::State& state) {
  measure_iterations(
      paper_settings(static_cast<double>(state.range(0)), static_cast<int>(state.range(2)),
                     state.range(3) == 1 ? Math::fast : Math::exact),
      static_cast<int>(state.range(1)), state);
}

/// Arguments: cameras, networks, mini-batches. Targets are the fleets and what their images gain.
void fleet_iteration(benchmark::State& state) {
  measure_iterations(
      fleet_settings(static_cast<int>(state.range(0)), static_cast<int>(state.range(2))),
      static_cast<int>(state.range(1)), state);
}

/// Arguments: depth, sequences, images.
void simulation(benchmark::State& state) {
  const RunProblem problem =
      testing::prepared(paper_settings(static_cast<double>(state.range(0)), 1, Math::exact));
  const std::vector<float> weights = initial_weights(problem.training->shape, 1);
  DeviceContext context(0);
  SimulationRequest request;
  request.source = &problem.test;
  request.size = {state.range(1), state.range(2)};
  request.bucket = problem.bucket;
  request.shape = &problem.training->shape;
  request.weights = &weights;
  request.history_metrics = problem.settings.dqn.history_metrics;
  for (auto _ : state) simulate_on_cuda({request}, context);
  state.SetLabel(context.limits().name);
  state.SetItemsProcessed(state.iterations() * state.range(1) * state.range(2));
}

#if defined(CUDA_EMULATED)
BENCHMARK(q_iteration)->Args({4, 2, 2, 0})->Args({4, 2, 2, 1})->Iterations(1)->UseRealTime();
BENCHMARK(fleet_iteration)->Args({2, 2, 1})->Iterations(1)->UseRealTime();
BENCHMARK(simulation)->Args({4, 2, 256})->Iterations(1)->UseRealTime();
#else
// One network, one per multiprocessor of an H100, two; outputs 71, 367, and 71 in fast math.
BENCHMARK(q_iteration)
    ->ArgNames({"depth", "networks", "mini_batches", "fast"})
    ->ArgsProduct({{4, 20}, {1, 60, 132, 264}, {128}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(fleet_iteration)
    ->ArgNames({"cameras", "networks", "mini_batches"})
    ->ArgsProduct({{2, 8}, {1, 60}, {128}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(simulation)
    ->ArgNames({"depth", "sequences", "images"})
    ->Args({4, 5, 100000})
    ->Args({4, 132, 100000})
    ->Args({4, 6000, 20000})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
#endif

}  // namespace
}  // namespace edgesweep

int main(int argc, char** argv) {
  if (const edgesweep::CudaDevices found = edgesweep::find_cuda_devices({0});
      found.usable().empty()) {
    std::fprintf(stderr, "no GPU: %s\n", found.why_none.c_str());
    return 1;
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
