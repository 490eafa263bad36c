// A sweep through the session alone: no program, no terminal, no signals.
#include "host/session/session.h"

#include <gtest/gtest.h>

#include <atomic>

#include "host/engine/backends.h"
#include "host/error.h"
#include "host/session/verify.h"
#include "host/sweep/expand.h"
#include "tests/support/small_config.h"

namespace edgesweep {
namespace {

using testing::small_config;

/// Counts what it is told, and says "stop" from a Q iteration on.
class CountingObserver : public SessionObserver {
 public:
  explicit CountingObserver(int64_t stop_after = -1) : stop_after_(stop_after) {}
  bool stop_requested() override { return stop_after_ >= 0 && iterations >= stop_after_; }
  void on_begin(const SessionStart& start) override { jobs = start.jobs.size(); }
  void on_earlier_results(const std::string& text) override { earlier += text; }
  void on_start(size_t, int64_t done) override { resumed_iterations += done; }
  void on_iteration(size_t, int64_t) override { ++iterations; }
  void on_saved(size_t, const RunResult&) override { ++saved; }

  size_t jobs = 0;
  std::string earlier;
  std::atomic<int64_t> iterations{0}, resumed_iterations{0};
  std::atomic<int> saved{0};

 private:
  const int64_t stop_after_;
};

class Session : public ::testing::Test {
 protected:
  static constexpr int kIterations = 30;

  Sweep sweep(const std::vector<std::string>& overrides = {}) {
    testing::write_bytes(folder_.file("small.json"), small_config(kIterations));
    ConfigChanges changes;
    changes.overrides = overrides;
    return load_sweep(folder_.file("small.json"), changes);
  }
  std::optional<StoredSweep> run(const Sweep& sweep, CountingObserver& observer,
                                 const std::string& name) {
    SessionOptions options;
    options.output = folder_.file(name);
    return run_sweep(sweep, *make_cpu_backend(1), options, observer);
  }
  std::string digest(const std::string& name) { return testing::digest_of(folder_.file(name)); }

  const testing::TemporaryFolder folder_;
};

TEST_F(Session, RunsASweepIntoItsFile) {
  const Sweep whole = sweep();
  CountingObserver observer;
  const std::optional<StoredSweep> stored = run(whole, observer, "a.h5");
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->runs.size(), whole.runs.size());
  EXPECT_EQ(observer.jobs, whole.runs.size());
  EXPECT_EQ(observer.saved, static_cast<int>(whole.runs.size()));
  EXPECT_EQ(observer.iterations, static_cast<int64_t>(whole.runs.size()) * kIterations);
  EXPECT_EQ(results_digest(*stored), digest("a.h5"));

  CountingObserver again;
  ASSERT_TRUE(run(whole, again, "a.h5"));
  EXPECT_EQ(again.jobs, 0u) << "all of it is done";
}

TEST_F(Session, StopsWhenAskedAndResumesWithTheSameBits) {
  const Sweep whole = sweep();
  CountingObserver never;
  ASSERT_TRUE(run(whole, never, "whole.h5"));

  CountingObserver stopping(kIterations / 2);
  const std::optional<StoredSweep> half = run(whole, stopping, "half.h5");
  ASSERT_TRUE(half);
  EXPECT_LT(half->runs.size(), whole.runs.size());
  EXPECT_EQ(half->total_runs, static_cast<int64_t>(whole.runs.size()));

  CountingObserver resuming;
  ASSERT_TRUE(run(whole, resuming, "half.h5"));
  EXPECT_GT(resuming.resumed_iterations, 0) << "from checkpoints";
  EXPECT_LT(resuming.iterations, static_cast<int64_t>(whole.runs.size()) * kIterations);
  EXPECT_EQ(digest("half.h5"), digest("whole.h5"));
}

TEST_F(Session, GrowsByRunsAndTrainsThoseAlone) {
  CountingObserver first, more, fresh;
  ASSERT_TRUE(run(sweep(), first, "grown.h5"));
  const Sweep larger = sweep({"seed=[1,2]"});
  ASSERT_TRUE(run(larger, more, "grown.h5"));
  EXPECT_NE(more.earlier.find("taken over"), std::string::npos) << more.earlier;
  ASSERT_TRUE(run(larger, fresh, "fresh.h5"));
  EXPECT_LT(more.jobs, fresh.jobs);
  EXPECT_EQ(digest("grown.h5"), digest("fresh.h5"));
}

TEST_F(Session, RefusesToLoseResultsAndToOverwriteItsConfig) {
  CountingObserver observer;
  ASSERT_TRUE(run(sweep(), observer, "a.h5"));
  EXPECT_THROW(run(sweep({"seed=7"}), observer, "a.h5"), InputError);
  EXPECT_THROW(run(sweep(), observer, "small.json"), InputError);
}

TEST_F(Session, VerifiesItsFile) {
  CountingObserver observer;
  ASSERT_TRUE(run(sweep(), observer, "a.h5"));
  std::optional<StoredSweep> stored = read_results(folder_.file("a.h5"));
  const auto backend = make_cpu_backend(1);
  const auto verified = [&] {
    return verify_runs(*stored, verification_jobs(*stored, folder_.file("a.h5"), "", /*count=*/0),
                       *backend);
  };
  EXPECT_EQ(verified().size(), stored->runs.size());
  for (const VerifiedRun& run : verified()) EXPECT_TRUE(run.equal());
  stored->runs[1].result.policies[0].loss += 1e-9;
  EXPECT_TRUE(verified()[0].equal());
  EXPECT_FALSE(verified()[1].equal());
}

}  // namespace
}  // namespace edgesweep
