// The training of one network: mini-batch steps, windows, next states, and whole Q iterations.
#include <benchmark/benchmark.h>

#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/cpu/training_scratch.h"
#include "tests/bench/bench_problems.h"
#include "tests/bench/peak.h"
#include "tests/reference/reference_trainer.h"
#include "tests/reference/reference_windows.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

const char* const kInstructionSets[] = {"avx512", "avx2", "neon", "baseline"};

/// Forces an instruction set for one benchmark; skips it where the processor lacks it.
class ForcedSet {
 public:
  ForcedSet(benchmark::State& state, int64_t number) {
    const std::string name = kInstructionSets[number];
    for (const std::string& known : instruction_sets()) available_ |= known == name;
    if (available_)
      force_instruction_set(name);
    else
      state.SkipWithError("not on this processor");
    state.SetLabel(name);
  }
  ~ForcedSet() { force_instruction_set(""); }
  explicit operator bool() const { return available_; }

 private:
  bool available_ = false;
};

void Peak(benchmark::State& state) {
  const ForcedSet set(state, state.range(0));
  if (!set) return;
  double work = 0;
  for (auto _ : state) work = bench::run_multiply_adds(kInstructionSets[state.range(0)], 100'000);
  bench::count_work(state, work);
}
BENCHMARK(Peak)->ArgName("isa")->Arg(0)->Arg(1)->Arg(2);

/// The mini-batches of one Q iteration: forward, backward, Adam.
void time_steps(benchmark::State& state, const RunSettings& settings) {
  const RunProblem problem = bench::prepared(settings);
  bench::on_one_thread([&] {
    TrainingScratch scratch;
    CpuTrainer trainer(*problem.training, initial_state(*problem.training));
    trainer.compute_targets(scratch);
    for (auto _ : state) trainer.train_on_targets(scratch);
    bench::count_work(state, problem.training->shape.training_work() *
                                 static_cast<double>(windows_per_iteration(problem.training->dqn)));
  });
}

/// 128 steps.
void Steps(benchmark::State& state) {
  const ForcedSet set(state, state.range(1));
  if (!set) return;
  time_steps(state, bench::settings_with_outputs(static_cast<int>(state.range(0))));
}
BENCHMARK(Steps)
    ->ArgNames({"outputs", "isa"})
    ->ArgsProduct({{13, 91, 781}, {0, 1, 2}})
    ->Unit(benchmark::kMillisecond);

/// The same of a network of the default recipe's kind: 32 units, 32 metrics, batches of 64.
RunSettings small_network(int layers) {
  RunSettings settings = bench::settings_with_outputs(91);  // 51 afterstates
  settings.dqn.outputs = Outputs::after_states;
  settings.dqn.reward_smoothing = 0.06;
  settings.dqn.history_metrics = 31;
  settings.dqn.layers = layers;
  settings.dqn.width = 32;
  settings.dqn.batch = 64;
  settings.dqn.mini_batches = 64;
  return settings;
}

void SmallSteps(benchmark::State& state) {
  time_steps(state, small_network(static_cast<int>(state.range(0))));
}
BENCHMARK(SmallSteps)->ArgName("layers")->Arg(2)->Arg(3)->Unit(benchmark::kMillisecond);

/// Q iterations of one network, the paper's, on 1 or 2 threads.
void OneNetwork(benchmark::State& state) {
  const RunProblem problem = bench::prepared(bench::settings_with_outputs(91));
  testing::with_threads(static_cast<int>(state.range(0)), [&] {
    TrainingScratch scratch;
    CpuTrainer trainer(*problem.training, initial_state(*problem.training));
    for (int i = 0; i < 3; ++i) trainer.q_iteration(scratch);  // until it knows what is faster
    for (auto _ : state) trainer.q_iteration(scratch);
    state.SetItemsProcessed(state.iterations());
  });
}
BENCHMARK(OneNetwork)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// One step of the plain version, for comparison.
void PlainStep(benchmark::State& state) {
  RunSettings settings = bench::settings_with_outputs(static_cast<int>(state.range(0)));
  settings.dqn.mini_batches = 1;
  const RunProblem problem = bench::prepared(settings);
  Windows windows = make_windows(*problem.training);
  draw_windows_plain(*problem.training, 0, 0, windows.count, windows);
  std::vector<float> inputs;
  for (int64_t row = 0; row < windows.count; ++row)
    for (const float value : reference_input(windows, row, 1)) inputs.push_back(value);
  const std::vector<float> targets(static_cast<size_t>(windows.count) *
                                   static_cast<size_t>(problem.training->shape.outputs()));
  TrainingState training = initial_state(*problem.training);
  for (auto _ : state)
    reference_step(problem.training->shape, inputs, targets, settings.dqn.batch, 1e-3, training);
  bench::count_work(state, problem.training->shape.training_work() * settings.dqn.batch);
}
BENCHMARK(PlainStep)->ArgName("outputs")->Arg(13)->Arg(91)->Arg(781)->Unit(benchmark::kMillisecond);

/// One whole Q iteration.
void QIteration(benchmark::State& state) {
  const ForcedSet set(state, state.range(1));
  if (!set) return;
  const RunProblem problem = bench::prepared(bench::settings_with_outputs(state.range(0)));
  bench::on_one_thread([&] {
    TrainingScratch scratch;
    CpuTrainer trainer(*problem.training, initial_state(*problem.training));
    for (auto _ : state) trainer.q_iteration(scratch);
    const NetworkShape& shape = problem.training->shape;
    bench::count_work(state, (shape.training_work() + shape.forward_work()) *
                                 static_cast<double>(windows_per_iteration(problem.training->dqn)));
  });
}
BENCHMARK(QIteration)
    ->ArgNames({"outputs", "isa"})
    ->ArgsProduct({{13, 91, 781}, {0, 1, 2}})
    ->Unit(benchmark::kMillisecond);

/// The windows of one Q iteration alone. history_gaps -1 or 0.
void DrawWindows(benchmark::State& state) {
  RunSettings settings = bench::settings_with_outputs(91);
  settings.dqn.history_gaps = static_cast<int>(state.range(0));
  if (settings.dqn.history_gaps >= 0)
    settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.001, 0.0005, "", ""};
  const RunProblem problem = bench::prepared(settings);
  Windows windows = make_windows(*problem.training);
  int64_t iteration = 0;
  for (auto _ : state) draw_windows(*problem.training, iteration++, 0, windows.count, windows);
  state.SetItemsProcessed(state.iterations() * windows.count * windows.metrics);
}
BENCHMARK(DrawWindows)->ArgName("gaps")->Arg(-1)->Arg(0)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace edgesweep
