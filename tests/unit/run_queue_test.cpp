// Who works on which runs: host/engine/cpu/run_queue.h.
#include "host/engine/cpu/run_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "host/engine/plan/sweep_plan.h"
#include "host/engine/run/observers.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

/// Runs with these seeds: equal seeds share windows.
class QueueOfSeeds {
 public:
  QueueOfSeeds(const std::vector<uint64_t>& seeds, size_t workers, size_t largest_group) {
    for (size_t i = 0; i < seeds.size(); ++i) {
      RunJob job{i, "run", testing::small_settings(), std::nullopt};
      job.settings.seed = seeds[i];
      job.settings.depth = 4 + static_cast<double>(i);
      jobs_.push_back(job);
    }
    std::deque<std::unique_ptr<CpuRun>> runs;
    for (const RunJob& job : jobs_)
      runs.push_back(std::make_unique<CpuRun>(job, inputs_, observer_));
    queue = std::make_unique<RunQueue>(std::move(runs), workers, largest_group);
  }

  std::unique_ptr<RunQueue> queue;

 private:
  std::vector<RunJob> jobs_;
  InputCache inputs_;
  SilentObserver observer_;
};

std::vector<size_t> numbers(const std::vector<std::unique_ptr<CpuRun>>& group) {
  std::vector<size_t> result;
  for (const auto& run : group) result.push_back(run->job().run);
  return result;
}

using Numbers = std::vector<size_t>;

TEST(RunQueue, DealsInOrderAndNoMoreThanAShareOfWhatIsLeft) {
  QueueOfSeeds runs({1, 1, 1, 1, 1, 1, 1}, 2, 3);
  EXPECT_EQ(numbers(runs.queue->take()), (Numbers{0, 1, 2})) << "a share is 4, a group at most 3";
  EXPECT_EQ(numbers(runs.queue->take()), (Numbers{3, 4}));
  EXPECT_EQ(numbers(runs.queue->take()), (Numbers{5}));
  EXPECT_EQ(numbers(runs.queue->take()), (Numbers{6}));
}

TEST(RunQueue, GroupsRunsThatShareWindows) {
  QueueOfSeeds runs({1, 2, 1, 2, 2, 1}, 1, 4);
  EXPECT_EQ(numbers(runs.queue->take()), (Numbers{0, 2, 5}));
  EXPECT_EQ(numbers(runs.queue->take()), (Numbers{1, 3, 4}));
}

TEST(RunQueue, IsOverWhenNobodyHasARunToSpare) {
  QueueOfSeeds runs({1, 2}, 2, 4);
  const auto first = runs.queue->take();
  const auto second = runs.queue->take();
  ASSERT_EQ(first.size() + second.size(), 2u);
  EXPECT_TRUE(runs.queue->take().empty()) << "both runs are in work and cannot be split";
}

TEST(RunQueue, AGroupHandsOneRunToAThreadThatWaits) {
  QueueOfSeeds runs({1, 1, 1}, 1, 4);
  auto group = runs.queue->take();
  ASSERT_EQ(group.size(), 3u);
  runs.queue->share(group);
  EXPECT_EQ(group.size(), 3u) << "nobody waits yet";
  Numbers received;
  std::thread other([&] { received = numbers(runs.queue->take()); });
  while (group.size() == 3u) runs.queue->share(group);
  other.join();
  EXPECT_EQ(numbers(group), (Numbers{0, 1}));
  EXPECT_EQ(received, (Numbers{2}));
}

TEST(RunQueue, AWaitingThreadIsSentHomeWhenTheLastSpareRunEnds) {
  QueueOfSeeds runs({1, 1}, 1, 4);
  auto group = runs.queue->take();
  ASSERT_EQ(group.size(), 2u);
  bool empty = false;
  std::thread other([&] { empty = runs.queue->take().empty(); });
  group.pop_back();
  runs.queue->ended(group.size());
  other.join();
  EXPECT_TRUE(empty);
}

TEST(RunQueue, ClosedGivesNothing) {
  QueueOfSeeds runs({1, 2, 3}, 2, 4);
  runs.queue->close();
  EXPECT_TRUE(runs.queue->take().empty());
}

}  // namespace
}  // namespace edgesweep
