// How cost grows: with cores, runs, images, outputs, history and the size of the dataset.
#include <benchmark/benchmark.h>

#include <thread>

#include "host/engine/backends.h"
#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/observers.h"
#include "host/policy/mdp.h"
#include "host/policy/token_bucket.h"
#include "tests/bench/bench_problems.h"

namespace edgesweep {
namespace {

/// Independent networks, one per thread; items are Q iterations of all of them.
void NetworksOnCores(benchmark::State& state) {
  constexpr int kIterations = 10;
  const RunProblem problem = bench::prepared(bench::settings_with_outputs(91));
  const auto train = [&] {
    bench::on_one_thread([&] {
      TrainingScratch scratch;
      CpuTrainer trainer(*problem.training, initial_state(*problem.training));
      for (int i = 0; i < kIterations; ++i) trainer.q_iteration(scratch);
    });
  };
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (int64_t t = 1; t < state.range(0); ++t) threads.emplace_back(train);
    train();
    for (std::thread& thread : threads) thread.join();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * kIterations);
}
BENCHMARK(NetworksOnCores)
    ->ArgName("networks")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Networks that share windows, on one thread; items are Q iterations of all of them.
void NetworksSideBySide(benchmark::State& state) {
  std::vector<RunProblem> problems;
  for (int64_t i = 0; i < state.range(0); ++i) {
    RunSettings settings = bench::settings_with_outputs(91);
    settings.seed = 1;
    problems.push_back(bench::prepared(settings));
  }
  bench::on_one_thread([&] {
    TrainingScratch scratch;
    std::vector<std::unique_ptr<CpuTrainer>> trainers;
    for (const RunProblem& problem : problems)
      trainers.push_back(
          std::make_unique<CpuTrainer>(*problem.training, initial_state(*problem.training)));
    for (auto _ : state)
      for (const auto& trainer : trainers) trainer->q_iteration(scratch);
  });
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(NetworksSideBySide)->ArgName("networks")->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);

/// Q iterations by number of inputs.
void QIterationByHistory(benchmark::State& state) {
  RunSettings settings = bench::settings_with_outputs(91);
  settings.dqn.history_metrics = static_cast<int>(state.range(0));
  const RunProblem problem = bench::prepared(settings);
  bench::on_one_thread([&] {
    TrainingScratch scratch;
    CpuTrainer trainer(*problem.training, initial_state(*problem.training));
    for (auto _ : state) trainer.q_iteration(scratch);
  });
}
BENCHMARK(QIterationByHistory)
    ->ArgName("H1")
    ->Arg(0)
    ->Arg(15)
    ->Arg(95)
    ->Arg(383)
    ->Unit(benchmark::kMillisecond);

/// Q iterations by bucket depth, at rate 0.05: outputs 2 (20 depth + 1) - 21.
void QIterationByDepth(benchmark::State& state) {
  RunSettings settings = bench::paper_settings();
  settings.rate = 0.05;
  settings.depth = static_cast<double>(state.range(0));
  const RunProblem problem = bench::prepared(settings);
  bench::on_one_thread([&] {
    TrainingScratch scratch;
    CpuTrainer trainer(*problem.training, initial_state(*problem.training));
    for (auto _ : state) trainer.q_iteration(scratch);
  });
}
BENCHMARK(QIterationByDepth)
    ->ArgName("depth")
    ->Arg(1)
    ->Arg(5)
    ->Arg(20)
    ->Arg(80)
    ->Unit(benchmark::kMillisecond);

/// Simulation of a network by images of each of 100 sequences.
void SimulateByImages(benchmark::State& state) {
  const RunProblem problem = bench::prepared(bench::settings_with_outputs(91));
  const std::vector<float> weights = bench::weights_that_keep(problem);
  SimulationRequest request;
  request.source = &problem.test;
  request.bucket = problem.bucket;
  request.shape = &problem.training->shape;
  request.weights = &weights;
  request.history_metrics = problem.training->dqn.history_metrics;
  request.whole_sequence_sums = false;
  request.size = {100, state.range(0)};
  bench::on_one_thread([&] {
    for (auto _ : state) benchmark::DoNotOptimize(simulate_on_cpu(request).network);
  });
}
BENCHMARK(SimulateByImages)
    ->ArgName("images")
    ->Arg(100)
    ->Arg(400)
    ->Arg(1600)
    ->Unit(benchmark::kMillisecond);

/// The MDP by images of the training set.
void MdpByImages(benchmark::State& state) {
  const RunProblem problem = bench::prepared(bench::paper_settings());
  const ImageSet& all = problem.dataset->training;
  ImageSet some;
  const int64_t step = all.size() / state.range(0);
  for (int64_t i = 0; i < all.size(); i += step) {
    some.metric.push_back(all.metric[static_cast<size_t>(i)]);
    some.reward.push_back(all.reward[static_cast<size_t>(i)]);
  }
  const TransitionMatrix transition = make_transition_matrix(problem.bucket, periodic_gaps());
  for (auto _ : state)
    benchmark::DoNotOptimize(solve_mdp(transition, some, 0.9999, MdpSettings::Stop::published));
}
BENCHMARK(MdpByImages)
    ->ArgName("images")
    ->Arg(1000)
    ->Arg(8000)
    ->Arg(33333)
    ->Unit(benchmark::kMillisecond);

/// A whole sweep of small threshold runs by their number: what scheduling and preparing cost.
void SweepByRuns(benchmark::State& state) {
  std::vector<RunJob> jobs;
  for (int64_t i = 0; i < state.range(0); ++i) {
    RunJob job{static_cast<size_t>(i), "run", bench::paper_settings(), std::nullopt};
    job.settings.policies = {Policy::baseline};
    job.settings.test = {16, 100};
    jobs.push_back(job);
  }
  InputCache inputs;
  SilentObserver observer;
  const std::unique_ptr<Backend> backend = make_cpu_backend(1);
  for (auto _ : state) backend->execute(jobs, inputs, observer);
}
BENCHMARK(SweepByRuns)
    ->ArgName("runs")
    ->Arg(16)
    ->Arg(256)
    ->Arg(4096)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace edgesweep
