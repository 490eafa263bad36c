// A training that one backend began and another ended has the bits of one that none interrupted.
#include <gtest/gtest.h>

#include <atomic>
#include <map>

#include "host/engine/backends.h"
#include "host/engine/run/observers.h"
#include "host/results/results_file.h"
#include "tests/cuda/device_under_test.h"
#include "tests/support/learned_fleets.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

/// Stops all runs once every one has done `stop_after` iterations of this session.
class StoppingObserver : public RunObserver {
 public:
  explicit StoppingObserver(int64_t stop_after) : stop_after_(stop_after) {}
  void on_start(size_t, int64_t, int64_t) override {}
  void on_iteration(size_t, int64_t) override { ++iterations; }
  void on_evaluation(size_t, const CurvePoint& point) override {
    evaluated.push_back(point.iteration);
  }
  bool wants_checkpoint(size_t) override { return false; }
  void on_checkpoint(size_t, const TrainingState& state) override { stored = state; }
  void on_finished(size_t, RunResult r) override { result = std::move(r); }
  bool stop_requested() override { return iterations >= stop_after_; }

  int64_t iterations = 0;
  std::vector<int64_t> evaluated;
  std::optional<TrainingState> stored;
  std::optional<RunResult> result;

 private:
  int64_t stop_after_;
};

StoppingObserver execute(Backend& backend, std::optional<TrainingState> resume, int64_t stop_after,
                         const RunSettings& settings = testing::small_settings()) {
  InputCache inputs;
  StoppingObserver observer(stop_after);
  backend.execute({{0, "test", settings, std::move(resume)}}, inputs, observer);
  return observer;
}

/// Cameras that share a network, with as many iterations as small_settings.
RunSettings fleet_settings() {
  RunSettings settings = testing::learned_fleet_settings(3);
  settings.dqn.training_sequences = {2, 60};
  settings.dqn.validation = {2, 60};
  settings.test = {2, 80};
  settings.store.statistics = true;
  return settings;
}

std::string digest(const RunResult& result) {
  return run_digest({RunConfig("{}", {}), result}, {});
}

void expect_either_backend_goes_on(const RunSettings& settings) {
  testing::reset_device();
  const std::unique_ptr<Backend> cpu = make_cpu_backend(1);
  const std::unique_ptr<Backend> cuda = make_cuda_backend();
  const StoppingObserver whole = execute(*cpu, std::nullopt, 100, settings);
  ASSERT_TRUE(whole.result.has_value());
  const std::pair<Backend*, Backend*> orders[] = {
      {cpu.get(), cuda.get()}, {cuda.get(), cpu.get()}, {cuda.get(), cuda.get()}};
  for (const auto& [first, second] : orders)
    for (const int64_t stop : {1, 2, 4, 5}) {  // 5: trained, not simulated
      SCOPED_TRACE(first->name() + " then " + second->name() + " at " + std::to_string(stop));
      const StoppingObserver begun = execute(*first, std::nullopt, stop, settings);
      ASSERT_FALSE(begun.result.has_value());
      ASSERT_TRUE(begun.stored.has_value());
      EXPECT_EQ(begun.stored->iteration, stop);
      const StoppingObserver ended = execute(*second, begun.stored, 100, settings);
      ASSERT_TRUE(ended.result.has_value());
      EXPECT_EQ(digest(*ended.result), digest(*whole.result));
    }
}

TEST(CudaResume, EitherBackendGoesOnFromTheOthersCheckpoint) {
  expect_either_backend_goes_on(testing::small_settings());
}

TEST(CudaResume, EitherBackendGoesOnWithCamerasThatShareANetwork) {
  expect_either_backend_goes_on(fleet_settings());
}

TEST(CudaObserver, SeesWhatTheCpuBackendReports) {
  for (const RunSettings& settings : {testing::small_settings(), fleet_settings()}) {
    testing::reset_device();
    const StoppingObserver cpu = execute(*make_cpu_backend(1), std::nullopt, 100, settings);
    const StoppingObserver cuda = execute(*make_cuda_backend(), std::nullopt, 100, settings);
    EXPECT_EQ(cuda.iterations, cpu.iterations);
    EXPECT_EQ(cuda.evaluated, cpu.evaluated);
    testing::expect_clean_device();
  }
}

/// Asked to stop at one question after the other, also between mini-batches.
TEST(CudaResume, AStopInTheMiddleOfAnIterationKeepsTheStateBeforeIt) {
  testing::reset_device();
  struct StopAtQuestion : StoppingObserver {
    explicit StopAtQuestion(int64_t question) : StoppingObserver(0), last(question) {}
    bool stop_requested() override { return questions++ >= last; }
    std::atomic<int64_t> questions{0};
    const int64_t last;
  };
  std::vector<RunSettings> all = {testing::small_settings(), fleet_settings()};
  if (testing::why_not_fast().empty()) {
    all.push_back(testing::small_settings());
    all.back().math = Math::fast;
  }
  for (const RunSettings& settings : all) {
    RunJob job{0, "test", settings, std::nullopt};
    job.settings.dqn.evaluate_every = 0;
    job.settings.dqn.schedule = {{2, 1e-3}};
    const auto execute_with = [&](double seconds_between_questions, RunObserver& observer) {
      InputCache inputs;
      make_cuda_backend(1, {}, seconds_between_questions)->execute({job}, inputs, observer);
    };
    StopAtQuestion whole(1 << 30);
    execute_with(1e9, whole);
    std::map<int64_t, int> stops;
    for (int64_t question = 0;; ++question) {
      StopAtQuestion stopped(question);
      job.resume.reset();
      execute_with(0, stopped);
      if (stopped.result) {
        EXPECT_EQ(digest(*stopped.result), digest(*whole.result)) << "asked, never stopped";
        break;
      }
      if (!stopped.stored) continue;  // before the training began
      ++stops[stopped.stored->iteration];
      job.resume = stopped.stored;
      StopAtQuestion resumed(1 << 30);
      execute_with(1e9, resumed);
      EXPECT_EQ(digest(*resumed.result), digest(*whole.result)) << question;
    }
    for (const int64_t iteration : {0, 1})
      EXPECT_GE(stops[iteration],
                job.settings.dqn.mini_batches + (settings.fleet.count > 1 ? 1 : 0))
          << "mini-batches, and fleets before them";
  }
}

TEST(CudaDivergence, FailsTheRunAsTheCpuDoesAndNoOther) {
  testing::reset_device();
  RunSettings broken = testing::small_settings();
  broken.dqn.schedule = {{5, 1e30}};
  const std::vector<RunJob> jobs = {{0, "broken", broken, std::nullopt},
                                    {1, "sound", testing::small_settings(), std::nullopt}};
  struct Collect : RunObserver {
    void on_start(size_t, int64_t, int64_t) override {}
    void on_iteration(size_t, int64_t) override {}
    void on_evaluation(size_t, const CurvePoint&) override {}
    bool wants_checkpoint(size_t) override { return false; }
    void on_checkpoint(size_t, const TrainingState&) override {}
    void on_finished(size_t run, RunResult result) override { results[run] = std::move(result); }
    bool stop_requested() override { return false; }
    RunResult results[2];
  };
  InputCache inputs;
  Collect cpu, cuda;
  make_cpu_backend(1)->execute(jobs, inputs, cpu);
  make_cuda_backend()->execute(jobs, inputs, cuda);
  EXPECT_EQ(cuda.results[0].status, RunStatus::failed);
  EXPECT_EQ(cuda.results[0].failure, cpu.results[0].failure);
  for (const int run : {0, 1}) EXPECT_EQ(digest(cuda.results[run]), digest(cpu.results[run]));
}

}  // namespace
}  // namespace edgesweep
