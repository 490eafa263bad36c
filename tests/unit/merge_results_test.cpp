// Runs put together of policies computed apart, next to the same runs executed at once.
#include "host/results/merge_results.h"

#include <gtest/gtest.h>

#include <map>

#include "host/engine/backends.h"
#include "host/engine/run/observers.h"
#include "host/error.h"
#include "tests/support/learned_fleets.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

using Policies = std::vector<Policy>;

class Collector : public SilentObserver {
 public:
  void on_iteration(size_t, int64_t) override { ++iterations; }
  void on_finished(size_t, RunResult finished) override { result = std::move(finished); }
  RunResult result;
  int iterations = 0;
};

/// Executes runs that differ in policies and store alone, each once.
class Runs {
 public:
  explicit Runs(RunSettings settings) : settings_(std::move(settings)) {}

  RunSettings with(const Policies& policies) const {
    RunSettings settings = settings_;
    settings.policies = policies;
    return settings;
  }
  const RunResult& of(const Policies& policies) {
    const auto [entry, is_new] = known_.try_emplace(policies);
    if (is_new) entry->second = execute(with(policies), std::nullopt).result;
    return entry->second;
  }
  Collector execute(const RunSettings& settings, std::optional<TrainingState> resume) {
    Collector collector;
    make_cpu_backend(1)->execute({{0, "run", settings, std::move(resume)}}, inputs_, collector);
    return collector;
  }

 private:
  RunSettings settings_;
  InputCache inputs_;
  std::map<Policies, RunResult> known_;
};

std::string digest_of(const RunResult& result) {
  return run_digest({RunConfig("", {}), result}, {});
}

std::string names(const Policies& policies) {
  std::string text;
  for (const Policy policy : policies) text += std::string(policy_name(policy)) + " ";
  return text;
}

/// What a results file gives back of a result: statistics of no policy are not written.
RunResult as_stored(RunResult result) {
  if (result.statistics.policies.empty()) result.statistics = {};
  return result;
}

/// Every run of `subsets`, grown or cut to every other one.
void expect_fresh_digests(const RunSettings& settings, const std::vector<Policies>& subsets) {
  Runs runs(settings);
  int merged = 0;
  for (const Policies& stored : subsets)
    for (const Policies& wanted : subsets) {
      const RunResult known = as_stored(runs.of(stored));
      const RunSettings target = runs.with(wanted);
      const Policies missing = missing_policies(target, {&known});
      for (const Policy policy : wanted) {
        const bool is_known = std::find(stored.begin(), stored.end(), policy) != stored.end();
        EXPECT_NE(std::find(missing.begin(), missing.end(), policy) != missing.end(), is_known);
      }
      RunParts parts = {&known};
      RunResult rest;
      if (!missing.empty()) {
        rest = as_stored(runs.of(missing));
        parts.push_back(&rest);
      }
      const RunResult whole = merge_results(target, "run", parts);
      EXPECT_EQ(digest_of(whole), digest_of(runs.of(wanted)))
          << names(stored) << "to " << names(wanted);
      EXPECT_EQ(whole.mdp_converged, runs.of(wanted).mdp_converged) << "which no digest holds";
      ++merged;
    }
  EXPECT_EQ(merged, static_cast<int>(subsets.size() * subsets.size()));
}

RunSettings storing_everything(RunSettings settings) {
  settings.store.statistics = true;
  settings.store.traces = {2, 40};
  settings.store.first_traced_sequence = 1;
  return settings;
}

const std::vector<Policies> kAlone = {
    {Policy::weak},
    {Policy::baseline},
    {Policy::mdp},
    {Policy::dqn},
    {Policy::clairvoyant_metric},
    {Policy::mdp, Policy::dqn},
    {Policy::weak, Policy::baseline, Policy::dqn},
    {Policy::strong, Policy::mdp, Policy::clairvoyant},
    {Policy::weak, Policy::strong, Policy::lower_bound, Policy::baseline, Policy::mdp, Policy::dqn},
    {Policy::weak, Policy::strong, Policy::lower_bound, Policy::baseline, Policy::mdp, Policy::dqn,
     Policy::clairvoyant, Policy::clairvoyant_metric},
};

TEST(MergeResults, AnyPoliciesGrowAndShrinkToTheBitsOfAFreshRun) {
  expect_fresh_digests(storing_everything(testing::small_settings()), kAlone);
}

TEST(MergeResults, SoDoThoseBesideANetworkThatStartsFromTheMdp) {
  RunSettings settings = storing_everything(testing::small_settings());
  settings.dqn.start = DqnSettings::Start::mdp;
  settings.dqn.outputs = Outputs::after_states;
  settings.dqn.reward_smoothing = 0.02;
  settings.dqn.keep = DqnSettings::Keep::best;
  expect_fresh_digests(settings, kAlone);
}

TEST(MergeResults, SoDoThoseOfModulatedArrivalsWithNothingStored) {
  RunSettings settings = testing::small_settings();
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  settings.store = {};
  expect_fresh_digests(settings, kAlone);
}

TEST(MergeResults, SoDoStrategiesOfManyCameras) {
  expect_fresh_digests(storing_everything(testing::learned_fleet_settings(3)),
                       {{Policy::weak},
                        {Policy::isolated},
                        {Policy::dqn},
                        {Policy::hierarchical, Policy::smart},
                        {Policy::dqn, Policy::smart},
                        {Policy::lower_bound, Policy::dqn, Policy::isolated, Policy::hierarchical},
                        {Policy::weak, Policy::strong, Policy::lower_bound, Policy::dqn,
                         Policy::isolated, Policy::hierarchical, Policy::smart}});
}

TEST(MergeResults, ANetworkThatDivergedStaysFailedAndGoesWithItsColumn) {
  RunSettings settings = storing_everything(testing::small_settings());
  settings.dqn.schedule = {{5, 1e30}};
  Runs runs(settings);
  ASSERT_EQ(runs.of({Policy::dqn}).status, RunStatus::failed);
  expect_fresh_digests(settings, {{Policy::mdp}, {Policy::dqn}, {Policy::mdp, Policy::dqn}});
}

TEST(MergeResults, WhatIsStoredBesidesIsSimulatedByTheNetworkThatThereIs) {
  const Policies policies = {Policy::baseline, Policy::mdp, Policy::dqn};
  RunSettings plain = testing::small_settings();
  plain.policies = policies;
  Runs runs(plain);
  const RunResult known = runs.of(policies);
  RunSettings more = storing_everything(plain);
  EXPECT_EQ(missing_policies(more, {&known}), policies) << "there are no traces";
  const Collector again = runs.execute(more, finished_training({&known}));
  EXPECT_EQ(again.iterations, 0);
  EXPECT_EQ(digest_of(merge_results(more, "run", {&known, &again.result})),
            digest_of(runs.execute(more, std::nullopt).result));
  EXPECT_EQ(again.result.training_seconds, known.training_seconds);

  RunSettings counting = plain;
  counting.store.statistics = true;
  EXPECT_EQ(missing_policies(counting, {&known}), (Policies{Policy::baseline, Policy::mdp}))
      << "a network alone is not counted";
}

/// Trained on rewards times 8, which these settings would not ask for.
TEST(MergeResults, TheNetworkThatThereIsKeepsItsRewardFactor) {
  RunSettings plain = testing::small_settings();
  plain.policies = {Policy::mdp, Policy::dqn};
  plain.dqn.outputs = Outputs::after_states;
  plain.dqn.reward_smoothing = 0.02;
  RunSettings scaled = plain;
  scaled.reward_factor = 8;
  Runs runs(scaled);
  const RunResult known = runs.of(plain.policies);
  ASSERT_EQ(known.reward_factor, 8);
  RunSettings more = storing_everything(plain);
  const Collector again = runs.execute(more, finished_training({&known}));
  EXPECT_EQ(again.result.reward_factor, 8);
  const RunResult mdp = runs.of({Policy::mdp});
  EXPECT_EQ(mdp.reward_factor, 1) << "it has no network";
  more.reward_factor = 8;
  EXPECT_EQ(digest_of(merge_results(more, "run", {&mdp, &again.result})),
            digest_of(runs.execute(more, std::nullopt).result));
}

TEST(MergeResults, WeightsThatAreWantedAndGoneMustBeTrained) {
  RunSettings settings = testing::small_settings();
  settings.policies = {Policy::mdp, Policy::dqn};
  settings.store.weights = false;
  Runs runs(settings);
  const RunResult known = runs.of(settings.policies);
  EXPECT_FALSE(finished_training({&known}));
  EXPECT_TRUE(missing_policies(settings, {&known}).empty());
  settings.store.weights = true;
  EXPECT_EQ(missing_policies(settings, {&known}), Policies{Policy::dqn});
}

TEST(MergeResults, WeightsThatAreNotWantedGo) {
  Runs runs(testing::small_settings());
  const Policies policies = {Policy::mdp, Policy::dqn};
  const RunResult known = runs.of(policies);
  RunSettings without = runs.with(policies);
  without.store.weights = false;
  EXPECT_EQ(digest_of(merge_results(without, "run", {&known})),
            digest_of(runs.execute(without, std::nullopt).result));
  EXPECT_EQ(lost_parts(without, known), "weights");
}

TEST(MergeResults, TellsWhatWouldBeLost) {
  const RunSettings all = storing_everything(testing::small_settings());
  Runs runs(all);
  const RunResult known = runs.of(all.policies);
  EXPECT_EQ(lost_parts(all, known), "");
  RunSettings wanted = all;
  wanted.policies = {Policy::weak, Policy::strong, Policy::lower_bound, Policy::dqn,
                     Policy::clairvoyant};
  EXPECT_EQ(lost_parts(wanted, known), "baseline, mdp");
  wanted = all;
  wanted.store.first_traced_sequence = 0;
  wanted.store.traces = {3, 50};
  EXPECT_EQ(lost_parts(wanted, known), "") << "more of the same traces";
  for (const auto& [first, sequences, images] : {std::tuple{0, 2, 40}, {1, 1, 40}, {1, 2, 39}}) {
    wanted.store.first_traced_sequence = first;
    wanted.store.traces = {sequences, images};
    EXPECT_EQ(lost_parts(wanted, known), "traces") << first << sequences << images;
  }
  wanted.store = {};
  EXPECT_EQ(lost_parts(wanted, known), "weights, statistics, traces");
  wanted.policies = {Policy::weak};
  EXPECT_EQ(lost_parts(wanted, known),
            "strong, lower_bound, baseline, mdp, dqn, statistics, traces");
}

TEST(MergeResults, PartsOfDifferentProgramsAreRefused) {
  Runs runs(testing::small_settings());
  const RunResult known = runs.of({Policy::mdp});
  RunResult other = runs.of({Policy::weak});
  other.mean_gap += 1e-9;
  const RunSettings wanted = runs.with({Policy::weak, Policy::mdp});
  EXPECT_THROW(merge_results(wanted, "run", {&known, &other}), SystemError);
}

}  // namespace
}  // namespace edgesweep
