// What this process may use of the machine: host/engine/plan/machine.h, and
// host/engine/cpu/node_binding.h on it. The system's files are made up, so that one processor or
// node looks like several.
#include "host/engine/plan/machine.h"

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
    answers.groups.own = folder_.file("own_groups");
    answers.groups.mounts = folder_.file("mounts");
    answers.groups.folder = folder_.file("groups");
    answers.nodes = folder_.file("nodes");
    answers.slurm_processors = nullptr;
    fs::create_directories(answers.nodes);
    own_groups("0::/user.slice/job\n");
    fs::create_directories(answers.groups.folder + "/user.slice/job");
  }
  void own_groups(const std::string& lines) const { write(answers.groups.own, lines); }
  void mounts(const std::string& lines) const { write(answers.groups.mounts, lines); }
  void group(const std::string& path, const std::string& file, const std::string& text) const {
    fs::create_directories(answers.groups.folder + path);
    write(answers.groups.folder + path + "/" + file, text);
  }
  /// A system of so many CPUs, of which the process may use the last `usable`. It refuses a set
  /// without room for all, as Linux does.
  void processors(size_t all, size_t usable) {
    answers.affinity = [all, usable](pid_t, size_t bytes, cpu_set_t* set) {
      if (8 * bytes < all) {
        errno = EINVAL;
        return -1;
      }
      CPU_ZERO_S(bytes, set);
      for (size_t i = all - usable; i < all; ++i) CPU_SET_S(i, bytes, set);
      return 0;
    };
  }
  void node(int number, const std::string& processors) const {
    const std::string folder = answers.nodes + "/node" + std::to_string(number);
    fs::create_directories(folder);
    write(folder + "/cpulist", processors + "\n");
  }
  void online(const std::string& nodes) const { write(answers.nodes + "/online", nodes + "\n"); }

  SystemAnswers answers;

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
  EXPECT_EQ(available_threads(system.answers),
            static_cast<int>(processors_of_this_thread().size()));
}

TEST(Machine, TheTightestGroupAroundTheProcessDecides) {
  const MadeUpSystem system;
  system.group("", "memory.max", "max\n");
  system.group("/user.slice", "cpu.max", "50000 100000\n");  // half a processor: one thread
  system.group("/user.slice/job", "cpu.max", "max 100000\n");
  EXPECT_EQ(available_threads(system.answers), 1);
  system.group("/user.slice", "memory.max", "3000000\n");
  system.group("/user.slice/job", "memory.max", "2000000\n");
  EXPECT_DOUBLE_EQ(available_memory_bytes(system.answers), 0.8 * 2000000);
  system.group("/user.slice/job", "memory.max", "4000000\n");
  EXPECT_DOUBLE_EQ(available_memory_bytes(system.answers), 0.8 * 3000000);
}

TEST(Machine, InAContainerTheOutermostFolderDecides) {
  const MadeUpSystem system;
  fs::remove_all(system.answers.groups.folder + "/user.slice");
  system.group("", "memory.max", "1000000\n");
  EXPECT_DOUBLE_EQ(available_memory_bytes(system.answers), 0.8 * 1000000);
}

TEST(Machine, GroupsOfVersion1CountAsThoseOfVersion2) {
  MadeUpSystem system;
  system.processors(64, 64);
  system.own_groups("7:cpu,cpuacct:/slurm/job\n5:memory:/slurm/job/step\n3:pids:/slurm\n0::/\n");
  system.group("/cpu/slurm/job", "cpu.cfs_quota_us", "-1\n");
  system.group("/cpu/slurm/job", "cpu.cfs_period_us", "100000\n");
  system.group("/cpu/slurm", "cpu.cfs_quota_us", "650000\n");
  system.group("/cpu/slurm", "cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(available_threads(system.answers), 7);
  system.group("/memory", "memory.limit_in_bytes", "9223372036854771712\n");
  system.group("/memory/slurm", "memory.limit_in_bytes", "5000000\n");
  system.group("/memory/slurm/job/step", "memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_DOUBLE_EQ(available_memory_bytes(system.answers), 0.8 * 5000000);
  system.group("/pids/slurm", "pids.max", "17\n");
  EXPECT_EQ(ControlGroups(system.answers.groups).threads(), 17);
}

/// Version 1 for some controllers and version 2 for the others, as systemd's "hybrid".
TEST(Machine, TheTightestOfBothVersionsSideBySideDecides) {
  MadeUpSystem system;
  system.processors(64, 64);
  const std::string folder = system.answers.groups.folder;
  system.mounts("31 24 0:28 / " + folder + "/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw\n" +
                "33 24 0:30 / " + folder + "/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
                "34 24 0:31 / /tmp rw - tmpfs tmpfs rw\n");
  system.own_groups("4:cpu,cpuacct:/a/b\n0::/a\n");
  system.group("/cpu,cpuacct/a", "cpu.cfs_quota_us", "900000\n");
  system.group("/cpu,cpuacct/a", "cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(available_threads(system.answers), 9);
  system.group("/unified/a", "cpu.max", "500000 100000\n");
  EXPECT_EQ(available_threads(system.answers), 5);
}

/// In a container its own group is mounted where elsewhere the root of all groups is.
TEST(Machine, APathThatBeginsAboveTheMountIsOneBelowIt) {
  MadeUpSystem system;
  system.processors(64, 64);
  const std::string folder = system.answers.groups.folder;
  system.mounts("33 24 0:30 /docker/0a1b " + folder + "/cpu rw - cgroup cgroup rw,cpu\n");
  system.own_groups("4:cpu:/docker/0a1b/worker\n");
  system.group("/cpu/worker", "cpu.cfs_quota_us", "300000\n");
  system.group("/cpu/worker", "cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(available_threads(system.answers), 3);
}

TEST(Machine, MoreProcessorsThanASetOfTheLibraryHolds) {
  MadeUpSystem system;
  for (const size_t processors : {1024u, 1025u, 2304u, 8192u}) {
    system.processors(processors, processors);
    EXPECT_EQ(available_threads(system.answers), static_cast<int>(processors));
  }
  system.processors(4096, 96);
  EXPECT_EQ(available_threads(system.answers), 96);
  system.online("0-1");
  system.node(0, "0-4047");
  system.node(1, "4048-4095");
  const std::vector<std::vector<int>> nodes = usable_nodes(system.answers);
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_EQ(nodes[0].front(), 4000);
  EXPECT_EQ(nodes[0].size(), 48u);
  EXPECT_EQ(nodes[1].back(), 4095);
}

TEST(Machine, ASystemThatDoesNotTellHasOneProcessor) {
  MadeUpSystem system;
  system.answers.affinity = [](pid_t, size_t, cpu_set_t*) {
    errno = ENOSYS;
    return -1;
  };
  EXPECT_EQ(available_threads(system.answers), 1);
}

TEST(Machine, SlurmsCountIsFollowedAsFarAsTheSystemAllows) {
  MadeUpSystem system;
  system.processors(64, 16);
  const auto with_slurm = [&](const char* text) {
    system.answers.slurm_processors = text;
    return count_threads(system.answers);
  };
  EXPECT_EQ(with_slurm("4").threads, 4);
  EXPECT_EQ(with_slurm("4").source, "SLURM_CPUS_PER_TASK");
  EXPECT_EQ(with_slurm("32").threads, 16);
  EXPECT_EQ(with_slurm("32").source, "affinity");
  system.group("/user.slice", "cpu.max", "250000 100000\n");
  EXPECT_EQ(with_slurm("4").threads, 3);
  EXPECT_EQ(with_slurm("4").source, "CPU quota of the control group");
  EXPECT_EQ(with_slurm("2").threads, 2);
  EXPECT_EQ(with_slurm("2").note, "");
}

TEST(Machine, ACountOfSlurmThatIsNoneIsLeftAsideWithANote) {
  MadeUpSystem system;
  system.processors(8, 8);
  for (const char* text : {"", "0", "-2", "four", "4 ", "4(x2)", "99999999999"}) {
    system.answers.slurm_processors = text;
    const ThreadCount count = count_threads(system.answers);
    EXPECT_EQ(count.threads, 8) << text;
    EXPECT_NE(count.note.find("SLURM_CPUS_PER_TASK"), std::string::npos) << text;
  }
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
  EXPECT_EQ(usable_nodes(system.answers), expected);
}

TEST(Machine, NoNodesWhereTheSystemDoesNotTell) {
  EXPECT_TRUE(usable_nodes(MadeUpSystem().answers).empty());
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
