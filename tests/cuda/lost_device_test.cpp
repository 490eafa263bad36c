// GPUs that are lost while they work: their jobs go to those left, then to the CPU, from the last
// checkpoints, and end with the same bits.
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "emulated/control.h"
#include "host/engine/backends.h"
#include "host/engine/run/observers.h"
#include "host/results/results_file.h"
#include "tests/support/learned_fleets.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

struct Notes {
  std::map<size_t, std::vector<int64_t>> begun;  ///< iterations done, at each beginning
  std::map<size_t, std::string> digests;
};

/// Wants checkpoints all the time, and notes what it is told.
class NotingObserver : public SilentObserver {
 public:
  void on_start(size_t run, int64_t, int64_t done) override {
    const std::lock_guard lock(mutex_);
    notes_.begun[run].push_back(done);
  }
  bool wants_checkpoint(size_t) override { return true; }
  void on_finished(size_t run, RunResult result) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(notes_.digests.contains(run)) << "finished twice";
    notes_.digests[run] = run_digest({RunConfig("{}", {}), std::move(result)}, {});
  }
  const Notes& notes() const { return notes_; }

 private:
  Notes notes_;
  std::mutex mutex_;
};

/// Six networks, of two sizes, and two runs without.
std::vector<RunJob> jobs() {
  std::vector<RunJob> jobs;
  for (size_t i = 0; i < 8; ++i) {
    RunJob job{i, "run" + std::to_string(i), testing::small_settings(), std::nullopt};
    job.settings.seed = i;
    job.settings.dqn.width = i % 2 == 0 ? 8 : 12;
    if (i >= 6) job.settings.policies = {Policy::weak, Policy::strong, Policy::baseline};
    jobs.push_back(job);
  }
  return jobs;
}

class EmulatedLoss : public ::testing::Test {
 protected:
  void SetUp() override {
    NotingObserver observer;
    InputCache inputs;
    make_cpu_backend(1)->execute(jobs(), inputs, observer);
    expected_ = observer.notes().digests;
    ASSERT_EQ(expected_.size(), jobs().size());
  }
  void TearDown() override { cuda_emulation::reset(); }

  /// A backend on new devices.
  std::unique_ptr<Backend> backend(const std::vector<std::string>& profiles) {
    std::vector<cuda_emulation::VirtualDevice> devices;
    for (const std::string& profile : profiles)
      devices.push_back(cuda_emulation::device_profile(profile));
    cuda_emulation::reset(devices);
    cuda_emulation::settings().print_failures = false;
    notices_.clear();
    return make_cuda_backend(1, [this](const std::string& text) { notices_.push_back(text); });
  }

  static Notes execute(Backend& backend) {
    NotingObserver observer;
    InputCache inputs;
    backend.execute(jobs(), inputs, observer);
    return observer.notes();
  }

  /// What the jobs ask of a device that is not lost.
  size_t calls_of(const std::vector<std::string>& profiles, int device) {
    const std::unique_ptr<Backend> sound = backend(profiles);
    const size_t before = cuda_emulation::counters(device).calls;
    execute(*sound);
    return cuda_emulation::counters(device).calls - before;
  }

  static void expect_nothing_left() {
    EXPECT_EQ(cuda_emulation::live_allocations(), 0u)
        << cuda_emulation::describe_live_allocations();
    EXPECT_EQ(cuda_emulation::live_handles(), 0u);
  }

  std::map<size_t, std::string> expected_;
  std::vector<std::string> notices_;
};

TEST_F(EmulatedLoss, AtWhicheverCallTheOthersDoTheRestWithTheSameBits) {
  const std::vector<std::string> profiles = {"h100", "t4", "v100"};
  for (const int lost : {0, 2}) {
    const size_t calls = calls_of(profiles, lost);
    ASSERT_GT(calls, 100u);
    EXPECT_TRUE(notices_.empty());
    for (size_t nth = 1; nth <= calls; nth += calls / 9) {
      SCOPED_TRACE("device " + std::to_string(lost) + " at call " + std::to_string(nth));
      const std::unique_ptr<Backend> cuda = backend(profiles);
      cuda_emulation::lose_device_at_call(lost, static_cast<int>(nth));
      const Notes notes = execute(*cuda);
      EXPECT_EQ(notes.digests, expected_);
      ASSERT_EQ(notices_.size(), 1u);
      EXPECT_NE(notices_[0].find("GPU " + std::to_string(lost) + ", Emulated"), std::string::npos)
          << notices_[0];
      expect_nothing_left();
    }
  }
}

TEST_F(EmulatedLoss, WorkGoesOnFromTheLastCheckpoints) {
  const size_t calls = calls_of({"h100", "t4"}, 0);
  const std::unique_ptr<Backend> cuda = backend({"h100", "t4"});
  cuda_emulation::lose_device_at_call(0, static_cast<int>(calls / 2));
  const Notes notes = execute(*cuda);
  EXPECT_EQ(notes.digests, expected_);
  int resumed = 0;
  for (const auto& [run, begun] : notes.begun) {
    EXPECT_LE(begun.size(), 2u);
    resumed += begun.back() > 0;
  }
  EXPECT_GT(resumed, 0) << "runs were in the middle of their training";
}

TEST_F(EmulatedLoss, OneAfterTheOtherLeavesAllToTheLast) {
  const std::vector<std::string> profiles = {"h100", "t4", "v100"};
  const size_t calls = calls_of(profiles, 0);
  const std::unique_ptr<Backend> cuda = backend(profiles);
  cuda_emulation::lose_device_at_call(0, static_cast<int>(calls / 3));
  // More than its own share: it is lost with the work of the first.
  cuda_emulation::lose_device_at_call(2, static_cast<int>(calls / 2));
  EXPECT_EQ(execute(*cuda).digests, expected_);
  EXPECT_EQ(notices_.size(), 2u);
  notices_.clear();
  EXPECT_EQ(execute(*cuda).digests, expected_) << "what is lost stays out of later executions";
  EXPECT_TRUE(notices_.empty());
}

TEST_F(EmulatedLoss, OfAllDevicesIsAnErrorAndTheCpuDoesTheRestIfItMay) {
  const std::vector<std::string> profiles = {"h100", "t4"};
  const size_t calls = calls_of(profiles, 0);
  const auto lose_both = [&] {
    cuda_emulation::lose_device_at_call(0, static_cast<int>(calls / 2));
    cuda_emulation::lose_device_at_call(1, static_cast<int>(calls / 2));
  };
  const std::unique_ptr<Backend> cuda = backend(profiles);
  lose_both();
  EXPECT_THROW(execute(*cuda), DeviceError);
  EXPECT_EQ(notices_.size(), 1u) << "the last one is the error";

  std::unique_ptr<Backend> again = backend(profiles);
  std::vector<std::string> fallbacks;
  const std::unique_ptr<Backend> either =
      make_fallback_backend(std::move(again), make_cpu_backend(1),
                            [&](const std::string& text) { fallbacks.push_back(text); });
  lose_both();
  const Notes notes = execute(*either);
  EXPECT_EQ(notes.digests, expected_);
  EXPECT_EQ(fallbacks.size(), 1u);
  EXPECT_EQ(either->name(), "cuda, then cpu");
  int64_t resumed_at = 0;
  for (const auto& [run, begun] : notes.begun) resumed_at = std::max(resumed_at, begun.back());
  EXPECT_GT(resumed_at, 0);
}

TEST_F(EmulatedLoss, InASearchLeavesItToTheOtherDevice) {
  RunJob job{0, "run", testing::learned_fleet_settings(2), std::nullopt};
  job.settings.policies = {Policy::weak, Policy::hierarchical};
  const auto digest_on = [&](Backend& backend) {
    NotingObserver observer;
    InputCache inputs;
    backend.execute({job}, inputs, observer);
    return observer.notes().digests.at(0);
  };
  const std::string expected = digest_on(*make_cpu_backend(1));
  for (const int nth : {1, 4, 12}) {
    const std::unique_ptr<Backend> cuda = backend({"h100", "t4"});
    cuda_emulation::lose_device_at_call(0, nth);
    EXPECT_EQ(digest_on(*cuda), expected) << nth;
    EXPECT_EQ(notices_.size(), 1u);
  }
}

TEST_F(EmulatedLoss, AnErrorThatIsNoDevicesStopsAllAndIsThrownOn) {
  struct Refusing : NotingObserver {
    void on_finished(size_t, RunResult) override { throw std::runtime_error("the disk is full"); }
  };
  const std::unique_ptr<Backend> cuda = backend({"h100", "t4"});
  Refusing observer;
  InputCache inputs;
  EXPECT_THROW(cuda->execute(jobs(), inputs, observer), std::runtime_error);
  EXPECT_EQ(execute(*cuda).digests, expected_) << "the devices are sound";
}

}  // namespace
}  // namespace edgesweep
