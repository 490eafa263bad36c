// Runs that are asked to stop at every moment at which they ask, also between mini-batches: what
// they write is a whole Q iteration, and going on from it gives the bits of a run that was never
// interrupted.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>

#include "host/engine/backends.h"
#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/observers.h"
#include "host/results/results_file.h"
#include "tests/support/learned_fleets.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

constexpr int64_t kNever = -1;

/// Keeps checkpoints and results; says "stop" from a question on.
class StoppingObserver : public SilentObserver {
 public:
  explicit StoppingObserver(int64_t question) : question_(question) {}
  void on_checkpoint(size_t run, const TrainingState& state) override {
    const std::lock_guard lock(mutex_);
    checkpoints[run] = state;
  }
  void on_finished(size_t run, RunResult result) override {
    const std::lock_guard lock(mutex_);
    digests[run] = run_digest({RunConfig("{}", {}), std::move(result)}, {});
  }
  bool stop_requested() override {
    const int64_t question = questions++;
    return question_ != kNever && question >= question_;
  }

  std::atomic<int64_t> questions{0};
  std::map<size_t, TrainingState> checkpoints;
  std::map<size_t, std::string> digests;

 private:
  const int64_t question_;
  std::mutex mutex_;
};

std::vector<RunJob> jobs_of(const std::vector<RunSettings>& settings) {
  std::vector<RunJob> jobs;
  for (size_t run = 0; run < settings.size(); ++run)
    jobs.push_back({run, "run" + std::to_string(run), settings[run], std::nullopt});
  return jobs;
}

/// One thread: questions come in a fixed order.
void execute(const std::vector<RunJob>& jobs, RunObserver& observer) {
  InputCache inputs;
  make_cpu_backend(1)->execute(jobs, inputs, observer);
}

/// Runs the jobs, stopped at every question in turn, and goes on from what was kept. Returns how
/// many different moments each Q iteration was stopped at.
std::map<int64_t, int> expect_same_bits_after_every_stop(const std::vector<RunSettings>& settings) {
  const std::vector<RunJob> jobs = jobs_of(settings);
  StoppingObserver whole(kNever);
  execute(jobs, whole);
  EXPECT_EQ(whole.digests.size(), jobs.size());
  std::map<int64_t, int> stops;
  for (int64_t question = 0; question < whole.questions; ++question) {
    StoppingObserver stopped(question);
    execute(jobs, stopped);
    std::vector<RunJob> left;
    for (const RunJob& job : jobs) {
      const auto digest = stopped.digests.find(job.run);
      if (digest != stopped.digests.end()) {
        EXPECT_EQ(digest->second, whole.digests[job.run]) << "not stopped at " << question;
        continue;
      }
      left.push_back(job);
      const auto state = stopped.checkpoints.find(job.run);
      if (state == stopped.checkpoints.end()) continue;  // before its training began
      left.back().resume = state->second;
      ++stops[state->second.iteration];
    }
    StoppingObserver resumed(kNever);
    execute(left, resumed);
    for (const RunJob& job : left)
      EXPECT_EQ(resumed.digests[job.run], whole.digests[job.run])
          << "run " << job.run << " stopped at question " << question;
  }
  return stops;
}

/// Without an MDP, which asks often while it is solved.
RunSettings settings_to_stop() {
  RunSettings settings = testing::small_settings();
  settings.policies = {Policy::weak, Policy::baseline, Policy::dqn};
  settings.dqn.schedule = {{2, 1e-3}, {1, 1e-4}};
  settings.test = {1, 100};
  return settings;
}

TEST(Stop, AtEveryMiniBatchKeepsTheIterationBeforeIt) {
  RunSettings settings = settings_to_stop();
  settings.dqn.mini_batches = 5;
  const std::map<int64_t, int> stops = expect_same_bits_after_every_stop({settings});
  for (int64_t iteration = 0; iteration < settings.dqn.iterations(); ++iteration)
    EXPECT_GE(stops.at(iteration), settings.dqn.mini_batches) << iteration;
}

TEST(Stop, OfSeveralRunsSideBySideKeepsTheIterationOfEach) {
  RunSettings first = settings_to_stop();
  first.dqn.evaluate_every = 0;
  RunSettings second = first;
  second.rate = 0.25;
  expect_same_bits_after_every_stop({first, second});
}

std::vector<float> weights_after(CpuTrainer& trainer, TrainingScratch& scratch) {
  EXPECT_TRUE(trainer.q_iteration(scratch));
  TrainingState state;
  trainer.store(state);
  return state.weights;
}

/// A network that stops while its windows are drawn leaves them half drawn for the next one, which
/// trains on the same ones and shares the scratch.
TEST(Stop, LeavesNoHalfDrawnWindowsToAnotherNetwork) {
  RunSettings settings = testing::small_settings();
  const RunProblem first = testing::prepared(settings);
  settings.rate = 0.25;
  const RunProblem second = testing::prepared(settings);
  TrainingScratch fresh;
  CpuTrainer alone(*second.training, initial_state(*second.training));
  const std::vector<float> expected = weights_after(alone, fresh);
  for (int question = 0; question < settings.dqn.mini_batches; ++question) {
    TrainingScratch shared;
    CpuTrainer stopped(*first.training, initial_state(*first.training));
    std::atomic<int> questions{0};
    EXPECT_FALSE(stopped.q_iteration(shared, [&] { return questions++ >= question; }));
    CpuTrainer next(*second.training, initial_state(*second.training));
    EXPECT_EQ(weights_after(next, shared), expected) << question;
  }
}

TEST(Stop, OfALearnedFleetKeepsTheIterationBeforeIt) {
  RunSettings settings = testing::learned_fleet_settings(3);
  settings.dqn.schedule = {{3, 1e-3}};
  const std::map<int64_t, int> stops = expect_same_bits_after_every_stop({settings});
  for (int64_t iteration = 0; iteration < settings.dqn.iterations(); ++iteration)
    EXPECT_GE(stops.at(iteration), settings.dqn.mini_batches + 1)
        << "training samples and mini-batches";
}

}  // namespace
}  // namespace edgesweep
