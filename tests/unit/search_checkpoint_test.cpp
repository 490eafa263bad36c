// What is kept of a search: the file, and what a later session with fewer runs takes from it.
#include "host/results/search_checkpoint.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/fleet/search.h"
#include "host/engine/run/observers.h"
#include "host/engine/run/run_outcome.h"
#include "host/engine/run/run_steps.h"
#include "host/engine/run/searches.h"
#include "host/error.h"
#include "host/sha256.h"
#include "tests/support/files.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

SavedSearch some_search() {
  SavedSearch search;
  search.switches = {"two", "five"};
  search.state.passes = 3;
  search.state.wanted = {1, 0, 1, 1};
  search.state.reward = {0.1, 0.0, -1e300, 5e-324};
  search.state.rounds = {2, 0, 1, 2};
  search.state.leader = {0, -1};
  return search;
}

TEST(SearchCheckpoint, GivesBackEveryBit) {
  const testing::TemporaryFolder folder;
  const SavedSearch search = some_search();
  EXPECT_FALSE(read_search(folder.file("kept"), "a").has_value());
  write_search(folder.file("kept"), "a", search);
  const SavedSearch found = *read_search(folder.file("kept"), "a");
  EXPECT_EQ(found.switches, search.switches);
  EXPECT_EQ(found.state.passes, search.state.passes);
  EXPECT_EQ(found.state.wanted, search.state.wanted);
  EXPECT_EQ(found.state.reward, search.state.reward);
  EXPECT_EQ(found.state.rounds, search.state.rounds);
  EXPECT_EQ(found.state.leader, search.state.leader);
  EXPECT_FALSE(read_search(folder.file("kept"), "b").has_value());
  remove_searches(folder.file("kept"));
  EXPECT_FALSE(std::filesystem::exists(folder.file("kept")));
}

TEST(SearchCheckpoint, ADamagedOneIsRefused) {
  const testing::TemporaryFolder folder;
  write_search(folder.path(), "a", some_search());
  const std::string path = folder.file(sha256_hex("a", 1).substr(0, 16) + ".search.h5");
  const std::string bytes = testing::read_bytes(path);
  for (size_t place = 0; place < bytes.size(); place += 97) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 8);
    testing::write_bytes(path, damaged);
    EXPECT_THROW(read_search(folder.path(), "a"), InputError) << "byte " << place;
  }
  testing::write_bytes(path, "");
  EXPECT_THROW(read_search(folder.path(), "a"), InputError);
}

/// Keeps what it is told, as the results file's folder does.
class KeepingObserver : public SilentObserver {
 public:
  std::optional<SavedSearch> saved_search(const std::string&) override { return kept; }
  void on_search_pass(const std::string&, const SavedSearch& search) override {
    kept = search;
    ++passes;
  }
  std::optional<SavedSearch> kept;
  int passes = 0;
};

RunSettings fleet_settings(int count) {
  RunSettings settings = testing::small_settings();
  settings.metric_sequence.type = MetricSequenceSettings::Type::iid;
  settings.arrivals.type = ArrivalSettings::Type::periodic;
  settings.policies = {Policy::hierarchical};
  settings.rate = 0.1;
  settings.depth = 1;
  settings.fleet.count = count;
  settings.fleet.search_rates = {0.1, 0.2, 0.3};
  settings.fleet.search_depths = {1, 2, 4};
  settings.fleet.search = {40, 300};
  return settings;
}

TEST(SearchCheckpoint, FewerRunsTakeTheirColumnsAndMoreRunsBeginAnew) {
  const std::vector<RunJob> jobs = {{0, "a", fleet_settings(2), {}},
                                    {1, "b", fleet_settings(3), {}},
                                    {2, "c", fleet_settings(5), {}}};
  const std::vector<RunJob> last_two(jobs.begin() + 1, jobs.end());
  const auto found_for = [&](const std::vector<RunJob>& some, KeepingObserver& observer) {
    InputCache inputs;
    EXPECT_TRUE(run_searches(some, inputs, simulate_fleet_on_cpu, observer));
    std::vector<SearchPoint> points;
    for (const RunJob& job : last_two) {
      const RunProblem problem = resolve_run(job.id, job.settings, inputs);
      points.insert(points.end(), problem.fleet->search.begin(), problem.fleet->search.end());
    }
    return points;
  };
  KeepingObserver all;
  const std::vector<SearchPoint> whole = found_for(jobs, all);
  EXPECT_EQ(all.passes, 5) << "three rounds: 1 + 2 + 2";
  KeepingObserver two;
  two.kept = all.kept;
  EXPECT_EQ(found_for(last_two, two), whole);
  EXPECT_EQ(two.passes, 0) << "nothing is left to do";
  KeepingObserver more = two;
  more.kept->switches.pop_back();
  EXPECT_EQ(found_for(jobs, more), whole);
  EXPECT_EQ(more.passes, 5) << "a switch is missing";
}

/// Keeps searches by their keys.
class KeyedObserver : public SilentObserver {
 public:
  std::optional<SavedSearch> saved_search(const std::string& key) override {
    const auto found = kept.find(key);
    return found == kept.end() ? std::nullopt : std::optional(found->second);
  }
  void on_search_pass(const std::string& key, const SavedSearch& search) override {
    kept[key] = search;
    ++passes;
  }
  std::map<std::string, SavedSearch> kept;
  int passes = 0;
};

TEST(SearchCheckpoint, IsTakenAlsoWhereTheDatasetLiesElsewhere) {
  const testing::TemporaryFolder folder;
  std::filesystem::copy(testing::dataset_path(), folder.file("moved.h5"));
  RunSettings moved = fleet_settings(2);
  moved.dataset = folder.file("moved.h5");
  KeyedObserver observer;
  for (const RunSettings& settings : {fleet_settings(2), moved}) {
    InputCache inputs;
    EXPECT_TRUE(run_searches({{0, "a", settings, {}}}, inputs, simulate_fleet_on_cpu, observer));
    EXPECT_EQ(observer.passes, 5) << settings.dataset;
  }
  ASSERT_EQ(observer.kept.size(), 1u);
  EXPECT_EQ(observer.kept.begin()->first.find("imagenet"), std::string::npos);
}

TEST(SearchCheckpoint, IsTakenAlsoUnderTheKeyThatNamesThePath) {
  KeyedObserver observer;
  const RunSettings settings = fleet_settings(2);
  const auto search = [&] {
    InputCache inputs;
    EXPECT_TRUE(run_searches({{0, "a", settings, {}}}, inputs, simulate_fleet_on_cpu, observer));
  };
  search();
  ASSERT_EQ(observer.kept.size(), 1u);
  // As programs up to format 4 wrote it.
  auto [key, kept] = *observer.kept.begin();
  observer.kept.clear();
  for (std::string& name : kept.switches) name.insert(0, settings.dataset);
  observer.kept[settings.dataset + key] = kept;
  search();
  EXPECT_EQ(observer.passes, 5) << "nothing was left to do";
}

TEST(SearchPlan, CountsWhatASearchHasToDoAtMost) {
  // Behind a share of (0.1, 1) all nine points hold it; a search of 40 x 300 steps.
  const SearchPlan plan = plan_searches({fleet_settings(2), fleet_settings(5), fleet_settings(2)});
  EXPECT_EQ(plan.searches, 1);
  EXPECT_EQ(plan.switches, 2);
  EXPECT_EQ(plan.points, 18);
  const double five_decide_and_two_switches_serve = 9.0 * 40 * 300 * (5 + 2 + 5);
  const double leaders_decide_again = 2.0 * 40 * 300 * 5;
  EXPECT_EQ(plan.work, five_decide_and_two_switches_serve + leaders_decide_again);
  EXPECT_EQ(plan_searches({testing::small_settings()}).searches, 0);
}

}  // namespace
}  // namespace edgesweep
