// What this process may use of the machine: host/engine/machine.h, and
// host/engine/cpu/node_binding.h on it. The system's files are made up, so that one processor or
// node looks like several.
#include "host/engine/machine.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

#include "host/engine/cpu/node_binding.h"
#include "tests/support/files.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

class MadeUpSystem {
 public:
  MadeUpSystem() {
    files.own_groups = folder_.file("own_groups");
    files.groups = folder_.file("groups");
    files.nodes = folder_.file("nodes");
    fs::create_directories(files.nodes);
    write(files.own_groups, "0::/user.slice/job\n");
    fs::create_directories(files.groups + "/user.slice/job");
  }
  void group(const std::string& path, const std::string& file, const std::string& text) const {
    write(files.groups + path + "/" + file, text);
  }
  void node(int number, const std::string& processors) const {
    const std::string folder = files.nodes + "/node" + std::to_string(number);
    fs::create_directories(folder);
    write(folder + "/cpulist", processors + "\n");
  }
  void online(const std::string& nodes) const { write(files.nodes + "/online", nodes + "\n"); }

  SystemFiles files;

 private:
  static void write(const std::string& path, const std::string& text) {
    testing::write_bytes(path, text);
  }
  testing::TemporaryFolder folder_;
};

std::set<int> processors_of_this_thread() {
  cpu_set_t set;
  std::set<int> result;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return result;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(static_cast<size_t>(i), &set)) result.insert(i);
  return result;
}

TEST(Machine, WithoutGroupsTheAffinityDecides) {
  const MadeUpSystem system;
  EXPECT_EQ(available_threads(system.files), static_cast<int>(processors_of_this_thread().size()));
}

TEST(Machine, TheTightestGroupAroundTheProcessDecides) {
  const MadeUpSystem system;
  system.group("", "memory.max", "max\n");
  system.group("/user.slice", "cpu.max", "50000 100000\n");  // half a processor: one thread
  system.group("/user.slice/job", "cpu.max", "max 100000\n");
  EXPECT_EQ(available_threads(system.files), 1);
  system.group("/user.slice", "memory.max", "3000000\n");
  system.group("/user.slice/job", "memory.max", "2000000\n");
  EXPECT_DOUBLE_EQ(available_memory_bytes(system.files), 0.8 * 2000000);
  system.group("/user.slice/job", "memory.max", "4000000\n");
  EXPECT_DOUBLE_EQ(available_memory_bytes(system.files), 0.8 * 3000000);
}

TEST(Machine, InAContainerTheOutermostFolderDecides) {
  const MadeUpSystem system;
  fs::remove_all(system.files.groups + "/user.slice");
  system.group("", "memory.max", "1000000\n");
  EXPECT_DOUBLE_EQ(available_memory_bytes(system.files), 0.8 * 1000000);
}

TEST(Machine, NodesHaveTheProcessorsThatMayBeUsed) {
  const std::set<int> usable = processors_of_this_thread();
  const MadeUpSystem system;
  system.online("0,2-3");
  system.node(0, "0-1023");
  system.node(1, std::to_string(*usable.begin()));  // not online
  system.node(2, "");                               // memory alone
  system.node(3, "1000000," + std::to_string(*usable.begin()));
  const std::vector<std::vector<int>> expected = {{usable.begin(), usable.end()},
                                                  {*usable.begin()}};
  EXPECT_EQ(usable_nodes(system.files), expected);
}

TEST(Machine, NoNodesWhereTheSystemDoesNotTell) {
  EXPECT_TRUE(usable_nodes(MadeUpSystem().files).empty());
}

/// CPUs of the threads of an arena by their index in it, from tasks that wait for each other and so
/// run on a thread each.
std::vector<std::set<int>> processors_in_arena(int threads,
                                               const std::vector<std::vector<int>>& nodes) {
  const tbb::global_control all(tbb::global_control::max_allowed_parallelism,
                                static_cast<size_t>(threads));
  tbb::task_arena arena(threads);
  const NodeBinding binding(arena, nodes);
  std::vector<std::set<int>> seen(static_cast<size_t>(threads));
  std::atomic<int> waiting{threads};
  const auto see = [&] {
    --waiting;
    while (waiting > 0) std::this_thread::yield();
    seen[static_cast<size_t>(tbb::this_task_arena::current_thread_index())] =
        processors_of_this_thread();
  };
  arena.execute([&] {
    tbb::task_group group;
    for (int thread = 1; thread < threads; ++thread) group.run(see);
    see();
    group.wait();
  });
  return seen;
}

class NodeBindingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (usable_.size() < 2) GTEST_SKIP() << "one processor";
  }
  const std::set<int> usable_ = processors_of_this_thread();
  const int first_ = usable_.empty() ? 0 : *usable_.begin();
  const int second_ = usable_.size() < 2 ? 0 : *std::next(usable_.begin());
};

TEST_F(NodeBindingTest, ThreadsStayOnTheirNode) {
  const std::vector<std::set<int>> expected = {{first_}, {second_}};
  EXPECT_EQ(processors_in_arena(2, {{first_}, {second_}}), expected);
}

TEST_F(NodeBindingTest, MoreThreadsThanProcessorsBeginAgainAtTheFirstNode) {
  const std::vector<std::set<int>> expected = {{first_}, {second_}, {first_}};
  EXPECT_EQ(processors_in_arena(3, {{first_}, {second_}}), expected);
}

TEST_F(NodeBindingTest, ThreadsGetTheirProcessorsBack) {
  processors_in_arena(2, {{first_}, {second_}});
  EXPECT_EQ(processors_of_this_thread(), usable_);
  const std::vector<std::set<int>> unbound = {usable_, usable_};
  EXPECT_EQ(processors_in_arena(2, {}), unbound);
}

TEST_F(NodeBindingTest, OneNodeIsLeftToTheSystem) {
  const std::vector<std::set<int>> unbound = {usable_, usable_};
  EXPECT_EQ(processors_in_arena(2, {{first_}}), unbound);
}

TEST_F(NodeBindingTest, FewerThreadsThanProcessorsAreLeftToTheSystem) {
  EXPECT_EQ(processors_in_arena(1, {{first_}, {second_}}), std::vector<std::set<int>>{usable_});
}

}  // namespace
}  // namespace edgesweep
