// For every setting of the schema, changed alone: whatever runs share in a sweep (files, smoothed
// rewards, MDPs, searches, windows) must tell the two apart, or their results are equal.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "host/engine/backends.h"
#include "host/engine/cpu/training_scratch.h"
#include "host/engine/fleet/search.h"
#include "host/engine/plan/sweep_plan.h"
#include "host/engine/run/observers.h"
#include "host/engine/run/run_steps.h"
#include "host/engine/run/searches.h"
#include "host/results/results_file.h"
#include "host/session/run_matching.h"
#include "host/session/sweep_inputs.h"
#include "host/sweep/expand.h"
#include "tests/support/sample_results.h"
#include "tests/support/setting_changes.h"

namespace edgesweep {
namespace {

using testing::expect_same;

using KeptSearches = std::map<std::string, SavedSearch>;

/// Keeps the results, by the number of the job's run, and searches as checkpoints do.
class MemoryKeeper : public SilentObserver {
 public:
  explicit MemoryKeeper(KeptSearches& searches) : searches_(searches) {}
  void on_finished(size_t run, RunResult result) override {
    result.training_seconds = result.simulation_seconds = 0;
    for (CurvePoint& point : result.curve) point.seconds = 0;
    results[run] = std::move(result);
  }
  std::optional<SavedSearch> saved_search(const std::string& key) override {
    const auto found = searches_.find(key);
    return found == searches_.end() ? std::nullopt : std::optional(found->second);
  }
  void on_search_pass(const std::string& key, const SavedSearch& search) override {
    searches_[key] = search;
  }
  std::map<size_t, RunResult> results;

 private:
  KeptSearches& searches_;
};

/// Executed as one sweep by one thread, so that all it can share is shared. Results without
/// seconds, all under the id "run".
std::vector<RunResult> executed(const std::vector<RunSettings>& runs, KeptSearches& searches) {
  std::vector<RunJob> jobs;
  for (size_t i = 0; i < runs.size(); ++i) jobs.push_back({i, "run", runs[i], std::nullopt});
  InputCache inputs;
  MemoryKeeper keeper(searches);
  make_cpu_backend(1)->execute(jobs, inputs, keeper);
  std::vector<RunResult> results;
  for (size_t i = 0; i < runs.size(); ++i) results.push_back(keeper.results.at(i));
  return results;
}

std::vector<RunResult> executed(const std::vector<RunSettings>& runs) {
  KeptSearches none;
  return executed(runs, none);
}

std::string digest(const RunResult& result) {
  return run_digest({RunConfig("{}", {}), result}, {});
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> list;
  for (std::string word; stream >> word;) list.push_back(word);
  return list;
}

/// A base and a change of one setting of it.
struct ChangedPair {
  std::string name;
  std::string setting, base_name;
  Sweep base, changed;
  bool differ;
  RunSettings first() const { return base.runs[0].settings(); }
  RunSettings second() const { return changed.runs[0].settings(); }
};

/// All pairs, made once for all tests.
class Pairs {
 public:
  Pairs() {
    testing::write_setting_files(folder_.path());
    for (const testing::SettingChange& change : testing::setting_changes()) {
      for (const std::string& base : words(change.differ)) add(change, base, true);
      for (const std::string& base : words(change.same)) add(change, base, false);
    }
  }

  const std::vector<ChangedPair>& all() const { return pairs_; }
  std::string file(const std::string& name) const { return folder_.file(name); }

  /// Executed alone, once for all its pairs.
  const RunResult& alone(const RunSpec& run) {
    const auto found = alone_.find(run.id);
    if (found != alone_.end()) return found->second;
    return alone_.emplace(run.id, executed({run.settings()})[0]).first->second;
  }

 private:
  Sweep sweep_of(const Json& settings) const {
    const std::string path = folder_.file("config.json");
    testing::write_bytes(path, Json{{"base", settings}}.dump());
    return load_sweep(path, {});
  }

  void add(const testing::SettingChange& change, const std::string& base, bool differ) {
    Json settings = testing::setting_base(base);
    const Sweep before = sweep_of(settings);
    settings.merge_patch(Json::parse(change.patch));
    pairs_.push_back({change.setting + " of " + base + ": " + change.patch, change.setting, base,
                      before, sweep_of(settings), differ});
  }

  const testing::TemporaryFolder folder_;
  std::vector<ChangedPair> pairs_;
  std::map<std::string, RunResult> alone_;
};

class SettingIdentity : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { pairs_ = std::make_unique<Pairs>(); }
  static void TearDownTestSuite() { pairs_.reset(); }
  static const std::vector<ChangedPair>& pairs() { return pairs_->all(); }
  static const RunResult& alone(const RunSpec& run) { return pairs_->alone(run); }
  static std::string file(const std::string& name) { return pairs_->file(name); }

 private:
  static std::unique_ptr<Pairs> pairs_;
};
std::unique_ptr<Pairs> SettingIdentity::pairs_;

TEST_F(SettingIdentity, EverySettingOfTheSchemaIsChanged) {
  const std::vector<std::string>& refused = testing::refused_settings();
  std::set<std::string> changed(refused.begin(), refused.end());
  for (const ChangedPair& pair : pairs()) changed.insert(pair.setting);
  const std::vector<std::string> settings = testing::schema_settings();
  EXPECT_EQ(changed, std::set<std::string>(settings.begin(), settings.end()))
      << "a setting needs its row in tests/support/setting_change_table.cpp";
}

TEST_F(SettingIdentity, ChangesTheIdTheConfigAndTheDigest) {
  for (const ChangedPair& pair : pairs()) {
    SCOPED_TRACE(pair.name);
    EXPECT_NE(pair.base.runs[0].id, pair.changed.runs[0].id);
    EXPECT_NE(pair.base.resolved_json, pair.changed.resolved_json);
    const auto digest_of = [&](const Sweep& sweep) {
      InputCache inputs;
      StoredSweep stored = stored_sweep(sweep);
      InputHashes(inputs).describe(sweep, stored);
      stored.runs = {stored_run(sweep.runs[0], alone(pair.base.runs[0]))};
      return results_digest(stored);
    };
    EXPECT_NE(digest_of(pair.base), digest_of(pair.changed));
  }
}

/// Or the tests below would compare like with like.
TEST_F(SettingIdentity, ChangesTheResultsThatTheTableSays) {
  for (const ChangedPair& pair : pairs())
    EXPECT_EQ(digest(alone(pair.base.runs[0])) != digest(alone(pair.changed.runs[0])), pair.differ)
        << pair.name;
}

TEST_F(SettingIdentity, RunsOfOneSweepHaveTheResultsThatTheyHaveAlone) {
  for (const ChangedPair& pair : pairs()) {
    SCOPED_TRACE(pair.name);
    const RunResult& first = alone(pair.base.runs[0]);
    const RunResult& second = alone(pair.changed.runs[0]);
    const std::vector<RunResult> forth = executed({pair.first(), pair.second()});
    expect_same(forth[0], first);
    expect_same(forth[1], second);
    const std::vector<RunResult> back = executed({pair.second(), pair.first()});
    expect_same(back[0], second);
    expect_same(back[1], first);
    if (::testing::Test::HasFailure()) return;  // the rest would say the same at length
  }
}

/// A run takes over what an earlier config computed for one of the same identity.
TEST_F(SettingIdentity, RunsOfOneIdentityComputeTheSame) {
  std::set<std::string> matched;
  for (const ChangedPair& pair : pairs()) {
    SCOPED_TRACE(pair.name);
    const auto identity = [&](const Sweep& sweep) {
      InputCache inputs;
      StoredSweep stored;
      InputHashes(inputs).describe(sweep, stored);
      return run_identity(sweep.runs[0].config.json(), stored.inputs);
    };
    if (!compute_the_same(identity(pair.base), identity(pair.changed))) continue;
    matched.insert(pair.setting);
    const RunResult& first = alone(pair.base.runs[0]);
    const RunResult& second = alone(pair.changed.runs[0]);
    for (const PolicyResult& result : first.policies) {
      const PolicyResult* other = find_policy(second, result.policy);
      if (other == nullptr) continue;
      testing::expect_same_bits(result.loss, other->loss, policy_name(result.policy));
      testing::expect_same_bits(result.offload_rate, other->offload_rate, "offload_rate");
    }
    if (pair.setting == "policies") continue;
    EXPECT_EQ(first.iterations, second.iterations);
    EXPECT_EQ(first.mdp_sweeps, second.mdp_sweeps);
    EXPECT_EQ(first.search, second.search);
  }
  EXPECT_EQ(matched, (std::set<std::string>{"policies", "store.statistics",
                                            "store.traces.first_sequence", "store.traces.images",
                                            "store.traces.sequences", "store.weights"}));
}

/// A search goes on from what an earlier session kept of it: never of another one.
TEST_F(SettingIdentity, SearchesGoOnOnlyFromTheirOwnCheckpoints) {
  int searches = 0;
  for (const ChangedPair& pair : pairs()) {
    if (!needs_search(pair.first()) || !needs_search(pair.second())) continue;
    SCOPED_TRACE(pair.name);
    KeptSearches kept;
    executed({pair.first()}, kept);
    expect_same(executed({pair.second()}, kept)[0], alone(pair.changed.runs[0]));
    ++searches;
  }
  EXPECT_GT(searches, 20);
}

/// The windows of one Q iteration, and all that says what they mean.
Windows drawn(const TrainingProblem& problem) {
  Windows windows = make_windows(problem);
  draw_windows(problem, 1, 0, windows.count, windows);
  return windows;
}

bool same_windows(const Windows& a, const Windows& b) {
  return a.count == b.count && a.batch == b.batch && a.metrics == b.metrics && a.gaps == b.gaps &&
         a.rewarded_position == b.rewarded_position && a.stride == b.stride && a.value == b.value &&
         a.reward == b.reward && a.next_gap == b.next_gap;
}

/// Would a thread that has drawn the windows of the first take them for the second's?
bool serves(const TrainingProblem& first, const TrainingProblem& second) {
  TrainingScratch scratch;
  scratch.begin(first, 1);
  return scratch.begin(second, 1);
}

TEST_F(SettingIdentity, NetworksThatShareWindowsHaveTheSame) {
  std::set<std::string> shared;
  for (const ChangedPair& pair : pairs()) {
    const RunSettings& first = pair.first();
    const RunSettings& second = pair.second();
    const auto alone_with_network = [](const RunSettings& run) {
      return run.has(Policy::dqn) && run.fleet.count == 1;
    };
    if (!alone_with_network(first) || !alone_with_network(second)) continue;
    SCOPED_TRACE(pair.name);
    InputCache inputs;
    const TrainingProblem a = *resolve_run("a", first, inputs).training;
    const TrainingProblem b = *resolve_run("b", second, inputs).training;
    const bool same = same_windows(drawn(a), drawn(b));
    const bool grouped = share_windows(first, second);
    EXPECT_TRUE(same || !serves(a, b)) << "one identity, two series of windows";
    EXPECT_TRUE(same || !grouped) << "trained side by side on windows that differ";
    if (grouped && same) shared.insert(pair.setting);
    EXPECT_EQ(make_plan({first, second}, 1).window_sets, grouped ? 1 : 2);
  }
  for (const char* setting : {"rate", "depth", "dqn.layers", "dqn.width", "dqn.discount",
                              "dqn.schedule[].learning_rate", "mdp.stop", "test_seed"})
    EXPECT_EQ(shared.count(setting), 1u) << setting << " needs no windows of its own";
}

TEST_F(SettingIdentity, MdpsAndSearchesThatThePlanCountsOnceHaveOneResult) {
  int one_mdp = 0;
  for (const ChangedPair& pair : pairs()) {
    SCOPED_TRACE(pair.name);
    const SweepPlan plan = make_plan({pair.first(), pair.second()}, 1);
    const RunResult& first = alone(pair.base.runs[0]);
    const RunResult& second = alone(pair.changed.runs[0]);
    const bool both = pair.first().has(Policy::mdp) && pair.second().has(Policy::mdp);
    if (both && plan.mdp_solutions == 1) {
      testing::expect_same_bits(first.mdp_threshold, second.mdp_threshold, "thresholds");
      EXPECT_EQ(first.mdp_sweeps, second.mdp_sweeps);
      ++one_mdp;
    }
    if (needs_search(pair.first()) && needs_search(pair.second())) {
      const bool one_search = plan.search.switches == 1;
      EXPECT_TRUE(first.search == second.search || !one_search);
    }
  }
  EXPECT_GT(one_mdp, 20);
}

/// What a network from elsewhere brings with it is no setting of a config, but runs differ in it.
TEST_F(SettingIdentity, TheScaleFactorAndDatasetOfAGivenNetworkTellRunsApart) {
  std::map<std::string, RunSettings> bases;
  for (const ChangedPair& pair : pairs()) bases.emplace(pair.base_name, pair.first());
  const auto expect_apart = [](const RunSettings& first, const RunSettings& second) {
    const RunResult a = executed({first})[0];
    const RunResult b = executed({second})[0];
    EXPECT_NE(digest(a), digest(b)) << "the change changes nothing";
    const std::vector<RunResult> together = executed({first, second, first});
    expect_same(together[0], a);
    expect_same(together[1], b);
    expect_same(together[2], a);
    KeptSearches kept;
    executed({first}, kept);
    expect_same(executed({second}, kept)[0], b);
  };
  for (const char* base : {"alone", "network", "mdp", "fleet"}) {
    SCOPED_TRACE(base);
    RunSettings scaled = bases.at(base);
    scaled.metric_scale = MetricScale{0.25, 2};
    expect_apart(bases.at(base), scaled);
    RunSettings wider = scaled;
    wider.metric_scale->deviation = 3;
    expect_apart(scaled, wider);
    RunSettings shifted = scaled;
    shifted.metric_scale->mean = 0.5;
    expect_apart(scaled, shifted);
  }
  for (const char* base : {"alone", "network", "fleet"}) {
    SCOPED_TRACE(base);
    RunSettings scaled = bases.at(base);
    scaled.reward_factor = 0x1p-5;
    expect_apart(bases.at(base), scaled);
    RunSettings otherwise = scaled;
    otherwise.reward_factor = 4;
    expect_apart(scaled, otherwise);
    EXPECT_EQ(make_plan({bases.at(base), scaled}, 1).window_sets,
              std::string(base) == "fleet" ? 0 : 2);
  }
  RunSettings trained_elsewhere = bases.at("alone");
  trained_elsewhere.trained_dataset = file("b.npz");
  expect_apart(bases.at("alone"), trained_elsewhere);
}

}  // namespace
}  // namespace edgesweep
