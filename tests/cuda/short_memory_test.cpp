// Memory that runs out while a device works, because other processes share it: less is done at
// once, and the bits stay.
#include <gtest/gtest.h>

#include <map>

#include "emulated/control.h"
#include "host/engine/backends.h"
#include "host/engine/cuda/cuda_simulator.h"
#include "host/engine/run/observers.h"
#include "host/engine/run/run_outcome.h"
#include "host/engine/run/run_steps.h"
#include "host/results/results_file.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

using cuda_emulation::counters;
using cuda_emulation::take_memory;

constexpr size_t kAll = ~size_t{0};

std::vector<RunJob> jobs(size_t count) {
  std::vector<RunJob> jobs;
  for (size_t i = 0; i < count; ++i) {
    jobs.push_back({i, "run" + std::to_string(i), testing::small_settings(), std::nullopt});
    jobs.back().settings.seed = i + 1;
  }
  return jobs;
}

/// One run whose test takes more memory than its evaluations.
std::vector<RunJob> traced_job() {
  std::vector<RunJob> one = jobs(1);
  one[0].settings.test = {3, 3000};
  one[0].settings.store.traces = one[0].settings.test;
  return one;
}

/// Networks that are larger than the data.
std::vector<RunJob> large_jobs(size_t count) {
  std::vector<RunJob> large = jobs(count);
  for (RunJob& job : large) {
    job.settings.dqn.width = 300;
    job.settings.dqn.schedule = {{2, 1e-3}};
    job.settings.dqn.evaluate_every = 0;
  }
  return large;
}

class CollectingObserver : public SilentObserver {
 public:
  void on_start(size_t run, int64_t, int64_t done) override { begun[run].push_back(done); }
  void on_checkpoint(size_t run, const TrainingState&) override {
    EXPECT_FALSE(digests.contains(run)) << "a checkpoint of a finished run";
  }
  void on_finished(size_t run, RunResult result) override {
    digests[run] = run_digest({RunConfig("{}", {}), std::move(result)}, {});
  }
  std::map<size_t, std::vector<int64_t>> begun;
  std::map<size_t, std::string> digests;
};

class EmulatedShortMemory : public ::testing::Test {
 protected:
  void SetUp() override {
    cuda_emulation::reset();
    cuda_emulation::settings().print_failures = false;
  }
  void TearDown() override {
    EXPECT_EQ(cuda_emulation::live_allocations(), 0u)
        << cuda_emulation::describe_live_allocations();
    cuda_emulation::reset();
  }
  static std::map<size_t, std::string> expected(const std::vector<RunJob>& jobs) {
    CollectingObserver observer;
    InputCache inputs;
    make_cpu_backend(1)->execute(jobs, inputs, observer);
    return observer.digests;
  }
};

/// Another process takes all that is free, in the middle of the training: evaluations have no
/// memory until half of the networks have left.
TEST_F(EmulatedShortMemory, InAnEvaluationTheCohortIsHalvedAndGoesOnFromWhereItWas) {
  struct Taken : CollectingObserver {
    void on_iteration(size_t run, int64_t iteration) override {
      if (run == 4 && iteration == 3) take_memory(0, kAll);
    }
  };
  std::vector<RunJob> mixed = jobs(5);
  mixed[0].settings.dqn.schedule = {{2, 1e-3}};  // has ended by then
  mixed[1].settings.dqn.evaluate_every = 0;      // is not about to be evaluated
  Taken observer;
  InputCache inputs;
  make_cuda_backend(1)->execute(mixed, inputs, observer);
  EXPECT_EQ(observer.digests, expected(mixed));
  for (const auto& [run, begun] : observer.begun) {
    if (run == 0) continue;
    ASSERT_GE(begun.size(), 2u) << run;
    EXPECT_EQ(begun[0], 0);
    EXPECT_EQ(begun[1], 4) << "run " << run << " goes on from the evaluation";
  }
}

TEST_F(EmulatedShortMemory, OfOneRunLeavesItToAnotherDevice) {
  struct Taken : CollectingObserver {
    void on_iteration(size_t, int64_t iteration) override {
      if (iteration == 3) take_memory(0, kAll);
    }
  };
  cuda_emulation::reset(
      {cuda_emulation::device_profile("h100"), cuda_emulation::device_profile("t4")});
  cuda_emulation::settings().print_failures = false;
  Taken observer;
  InputCache inputs;
  make_cuda_backend(1)->execute(traced_job(), inputs, observer);
  EXPECT_EQ(observer.digests, expected(traced_job()));
  EXPECT_EQ(observer.begun[0], (std::vector<int64_t>{0, 5})) << "trained, not simulated";
  EXPECT_GT(counters(1).kernels, 0u);
}

TEST_F(EmulatedShortMemory, OfOneRunOnTheOnlyDeviceIsAClearError) {
  struct Taken : CollectingObserver {
    void on_iteration(size_t, int64_t) override { take_memory(0, kAll); }
  };
  Taken observer;
  InputCache inputs;
  try {
    make_cuda_backend(1)->execute(traced_job(), inputs, observer);
    FAIL() << "expected an error";
  } catch (const DeviceError& error) {
    EXPECT_TRUE(error.out_of_memory());
    EXPECT_NE(std::string(error.what()).find("not even one network (run run0) fits"),
              std::string::npos)
        << error.what();
  }
}

/// The next cohort looks at the memory that is free when it begins.
TEST_F(EmulatedShortMemory, CohortsGrowAgainWhenOtherProcessesHaveEnded) {
  struct Given : CollectingObserver {
    void on_finished(size_t run, RunResult result) override {
      CollectingObserver::on_finished(run, std::move(result));
      take_memory(0, 0);
    }
    void on_start(size_t run, int64_t iterations, int64_t done) override {
      CollectingObserver::on_start(run, iterations, done);
      order.push_back(run);
    }
    void on_iteration(size_t run, int64_t) override { order.push_back(100 + run); }
    std::vector<size_t> order;  ///< of starts (run) and iterations (100 + run)
  };
  const auto needed = [](size_t count) {
    cuda_emulation::reset();
    cuda_emulation::settings().print_failures = false;
    CollectingObserver observer;
    InputCache inputs;
    make_cuda_backend(1)->execute(large_jobs(count), inputs, observer);
    return counters().most_bytes_in_use;
  };
  const size_t one = needed(1);
  const size_t each = (needed(5) - one) / 4;
  Given observer;
  InputCache inputs;
  cuda_emulation::reset();
  cuda_emulation::settings().print_failures = false;
  const std::unique_ptr<Backend> cuda = make_cuda_backend(1);
  const size_t total = cuda_emulation::device_profile("h100").memory_bytes;
  take_memory(0, total - one - 4 * each);
  cuda->execute(large_jobs(14), inputs, observer);
  EXPECT_EQ(observer.digests.size(), 14u);
  EXPECT_EQ(cuda_emulation::last_failure(), "") << "no cohort was too large";
  // Few begin together, and after them all that are left.
  size_t together = 0;
  while (observer.order[together] < 100) ++together;
  EXPECT_LT(together, 6u);
  size_t last_starts = 0;
  for (size_t i = 0, starts = 0; i < observer.order.size(); ++i) {
    starts = observer.order[i] < 100 ? starts + 1 : 0;
    last_starts = std::max(last_starts, starts);
  }
  EXPECT_GT(last_starts, together);
}

TEST_F(EmulatedShortMemory, SimulationsOfManyRunsAreHalvedUntilTheyFit) {
  std::vector<RunProblem> problems;
  std::vector<std::vector<float>> weights;
  for (uint64_t seed = 1; seed <= 7; ++seed) {
    RunSettings settings = testing::small_settings();
    settings.seed = seed;
    settings.dqn.width = 40;
    settings.store.traces = {3, 500};
    problems.push_back(testing::prepared(settings));
    weights.push_back(initial_state(*problems.back().training).weights);
  }
  std::vector<SimulationRequest> requests;
  for (size_t i = 0; i < problems.size(); ++i)
    requests.push_back(test_request(problems[i], &weights[i]));
  DeviceContext context(0);
  const auto simulate = [&] {
    const size_t before = counters().kernels;
    std::vector<SimulationOutcome> outcomes = simulate_on_cuda(requests, context);
    std::vector<std::vector<double>> rewards;
    for (const SimulationOutcome& outcome : outcomes) {
      EXPECT_FALSE(outcome.stopped);
      rewards.emplace_back();
      for (const SequenceOutcome& sequence : outcome.network)
        rewards.back().push_back(sequence.reward);
      for (const auto& policy : outcome.thresholds)
        for (const SequenceOutcome& sequence : policy) rewards.back().push_back(sequence.reward);
      for (const float metric : outcome.traces.metric) rewards.back().push_back(metric);
    }
    return std::pair(rewards, counters().kernels - before);
  };
  simulate();
  const auto [whole, kernels] = simulate();
  const size_t needed = counters().bytes_in_use;  // the arena is one block of what it needs now
  context.arena().release();
  const size_t data = counters().bytes_in_use;
  const size_t most = needed - data;
  const size_t total = cuda_emulation::device_profile("h100").memory_bytes;
  for (const size_t parts : {2, 4, 6}) {
    context.arena().release();
    take_memory(0, total - data - most / parts);
    const auto [rewards, more] = simulate();
    EXPECT_EQ(rewards, whole);
    EXPECT_GT(more, kernels) << "in " << parts << " parts, about";
  }
  context.arena().release();
  take_memory(0, total - data - most / 40);
  EXPECT_THROW(simulate_on_cuda(requests, context), DeviceError);

  // A stop in a later half ends all: the first half's numbers are not to be used either.
  take_memory(0, total - data - most / 2);
  bool stopped = true;
  int stops = 0;
  for (int last = 0; stopped; ++last) {
    int questions = 0;
    for (SimulationRequest& request : requests)
      request.stop_requested = [&] { return questions++ >= last; };
    const std::vector<SimulationOutcome> outcomes = simulate_on_cuda(requests, context);
    stopped = outcomes.front().stopped;
    stops += stopped;
    for (const SimulationOutcome& outcome : outcomes) EXPECT_EQ(outcome.stopped, stopped) << last;
  }
  EXPECT_GT(stops, 3) << "also in the second half: the first asks each of its three requests once";
}

}  // namespace
}  // namespace edgesweep
