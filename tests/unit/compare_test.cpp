// Published losses beside ours, by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "host/compare/comparison_table.h"
#include "host/compare/match.h"
#include "host/config/defaults.h"
#include "tests/support/config_files.h"
#include "tests/support/paths.h"
#include "tests/support/published_files.h"

namespace edgesweep::testing {
namespace {

using Status = ComparedPoint::Status;

/// Fig. 6 at rate 0.1 and a depth, with a tolerance of 0.0003 for the DQN.
PublishedPoint published_at(const std::map<Policy, double>& losses, double depth = 4) {
  PublishedPoint point;
  point.figure = "6";
  point.panel = "b";
  point.x_name = "b";
  point.x = depth;
  point.settings = {{"rate", "0.1", 0.1},
                    {"depth", std::to_string(depth), depth},
                    {"metric_sequence_type", "local_reset", {}},
                    {"metric_sequence_spread", "0.1", 0.1},
                    {"metric_sequence_reset_probability", "0.1", 0.1},
                    {"arrivals_type", "periodic", {}},
                    {"dqn_history_metrics", "95", 95, /*preferred=*/true}};
  for (const auto& [policy, loss] : losses) point.losses[policy].loss = loss;
  if (losses.contains(Policy::dqn)) point.losses[Policy::dqn].tolerance = 3e-4;
  point.mean_weak_cost = 0.3;
  point.noise = {1e-5, 1e7, 3.2e-5};
  return point;
}

PublishedPoint with_stated(PublishedPoint point, const std::string& column,
                           const std::string& text) {
  std::erase_if(point.settings,
                [&](const StatedSetting& stated) { return stated.column == column; });
  if (!text.empty()) point.settings.push_back({column, text, number_in(text)});
  return point;
}

/// A comparison with the tables that its points look into.
struct Compared {
  std::unique_ptr<PublishedTables> tables;
  Comparison comparison;
};

Compared compare(const std::vector<StoredRun>& runs, std::vector<PublishedPoint> points,
                 double mean_weak_cost = 0.3) {
  StoredSweep sweep;
  sweep.runs = runs;
  auto tables = std::make_unique<PublishedTables>();
  tables->points = std::move(points);
  tables->policies = {Policy::lower_bound, Policy::mdp, Policy::dqn};
  Comparison comparison =
      summed_up(compared_points(sweep, *tables, [&](const StoredRun&) { return mean_weak_cost; }));
  return {std::move(tables), std::move(comparison)};
}

/// The first point of the policy's curve.
ComparedPoint point_of(const Compared& compared, Policy policy) {
  for (const ComparedPoint& point : compared.comparison.points)
    if (point.curve == policy_name(policy)) return point;
  throw std::runtime_error("no point");
}

const ComparisonLine& line(const Comparison& comparison, const std::string& figure,
                           const std::string& curve) {
  for (const ComparisonLine& candidate : comparison.lines)
    if (candidate.figure == figure && candidate.curve == curve) return candidate;
  throw std::runtime_error("no line " + figure + " " + curve);
}

double root(double a, double b) { return std::sqrt(a * a + b * b); }

TEST(Compare, SixDigitsOfALogarithmicAxisAreTheSameSetting) {
  EXPECT_TRUE(same_setting(0.00316228, 0.0031622776601683794));
  EXPECT_TRUE(same_setting(0.30000000000000004, 0.3));
  EXPECT_TRUE(same_setting(0, 0));
  EXPECT_FALSE(same_setting(0, 0.001));
  EXPECT_FALSE(same_setting(0.0031, 0.0031623));
  EXPECT_FALSE(same_setting(4, 4.001));
}

TEST(Compare, MatchesAllSettingsThatARowStates) {
  const StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  const PublishedPoint point = published_at({{Policy::mdp, 0.26}});
  const auto matches = [](const StoredRun& candidate, const PublishedPoint& published) {
    return point_of(compare({candidate}, {published}), Policy::mdp).status == Status::compared;
  };
  EXPECT_TRUE(matches(run, point));
  EXPECT_FALSE(matches(with_setting(run, "rate", "0.11"), point));
  EXPECT_FALSE(matches(with_setting(run, "depth", "5"), point));
  EXPECT_TRUE(matches(with_setting(run, "depth", "5"), with_stated(point, "depth", "")));
  EXPECT_FALSE(matches(with_setting(run, "metric_sequence_spread", "0.2"), point));
  EXPECT_FALSE(matches(with_setting(run, "metric_sequence_reset_probability", "0.01"), point));
  EXPECT_FALSE(matches(with_setting(run, "metric_sequence_type", "\"replay\""), point));

  StoredRun bursts = with_setting(run, "arrivals_type", "\"markov_modulated\"");
  bursts = with_setting(bursts, "arrivals_p_12", "0.0031622776601683794");
  EXPECT_FALSE(matches(bursts, point));
  const PublishedPoint in_bursts = with_stated(
      with_stated(point, "arrivals_type", "markov_modulated"), "arrivals_p_12", "0.00316228");
  EXPECT_TRUE(matches(bursts, in_bursts));
  EXPECT_FALSE(matches(run, in_bursts));
  EXPECT_FALSE(matches(with_setting(bursts, "arrivals_p_12", "0.005"), in_bursts));
}

TEST(Compare, ATestUnlikeTrainingStandsForRowsThatStateIt) {
  const StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  const PublishedPoint point = published_at({{Policy::mdp, 0.26}});
  const auto status = [](const StoredRun& candidate, const PublishedPoint& published) {
    return point_of(compare({candidate}, {published}), Policy::mdp).status;
  };
  const StoredRun other = with_setting(run, "test_metric_sequence_type", "\"iid\"");
  EXPECT_EQ(status(other, point), Status::absent);
  EXPECT_EQ(status(other, with_stated(point, "test_metric_sequence_type", "iid")),
            Status::compared);
  const StoredRun replayed = with_setting(run, "test_metric_sequence_type", "\"replay\"");
  EXPECT_EQ(status(replayed, point), Status::compared);
}

TEST(Compare, SettingsOfTheDqnConcernTheDqnAlone) {
  const PublishedPoint point = with_stated(published_at({{Policy::mdp, 0.26}, {Policy::dqn, 0.25}}),
                                           "dqn_history_metrics", "7");
  const StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  EXPECT_EQ(point_of(compare({run}, {point}), Policy::dqn).status, Status::absent);
  EXPECT_EQ(point_of(compare({run}, {point}), Policy::mdp).status, Status::compared);
  const StoredRun seven = with_setting(run, "dqn_history_metrics", "7");
  EXPECT_EQ(point_of(compare({seven}, {point}), Policy::dqn).status, Status::compared);
}

TEST(Compare, DifferencesAreOursMinusThePublishedLosses) {
  const Compared compared = compare({published_run("a", "0.1", "4", 1, 0.2607, 0.2501)},
                                    {published_at({{Policy::mdp, 0.2603}, {Policy::dqn, 0.2503}})});
  const std::vector<ComparedPoint>& points = compared.comparison.points;
  ASSERT_EQ(points.size(), 3u);
  EXPECT_NEAR(points[0].difference, 0.0004, 1e-12);
  EXPECT_NEAR(points[1].difference, -0.0002, 1e-12);
  // The gain: 0.0106 against 0.01.
  EXPECT_EQ(points[2].curve, kGainCurve);
  EXPECT_NEAR(points[2].difference, 0.0006, 1e-12);
}

TEST(Compare, LossesOfImagesWithAnotherWeakCostAreNotCompared) {
  const std::vector<StoredRun> runs{published_run("a", "0.1", "4", 1, 0.26, 0.25)};
  PublishedPoint point = published_at({{Policy::mdp, 0.26}});
  EXPECT_EQ(point_of(compare(runs, {point}, 0.3 + 1e-12), Policy::mdp).status, Status::compared);
  const Compared other = compare(runs, {point}, 0.3001);
  EXPECT_EQ(point_of(other, Policy::mdp).status, Status::other_level);
  EXPECT_EQ(line(other.comparison, "6", "mdp").ambiguous, 1);
  point.mean_weak_cost.reset();
  EXPECT_EQ(point_of(compare(runs, {point}, 0.3001), Policy::mdp).status, Status::compared);
}

TEST(Compare, SumsUpFigureByFigure) {
  std::vector<PublishedPoint> published{published_at({{Policy::dqn, 0.2503}}),
                                        published_at({{Policy::dqn, 0.2403}}, 5),
                                        published_at({{Policy::dqn, 0.2303}}, 6)};
  published.push_back(published_at({{Policy::dqn, 0.2403}}, 5));
  published.back().figure = "5a";
  published.push_back(published_at({{Policy::dqn, 0.2}}, 9));
  published.back().figure = "12";
  const Compared compared = compare({published_run("a", "0.1", "4", 1, 0.3, 0.2501),
                                     published_run("b", "0.1", "5", 1, 0.3, 0.2407)},
                                    published);
  const ComparisonLine& six = line(compared.comparison, "6", "dqn");
  EXPECT_EQ(six.compared, 2);
  EXPECT_EQ(six.absent, 1);
  EXPECT_NEAR(six.mean_difference, 0.0001, 1e-12);  // (-0.0002 + 0.0004) / 2
  EXPECT_NEAR(six.mean_absolute, 0.0003, 1e-12);
  EXPECT_NEAR(six.largest, 0.0004, 1e-12);
  EXPECT_EQ(six.largest_point, "panel b, b 5");
  EXPECT_EQ(six.with_tolerance, 2);
  EXPECT_EQ(six.within_goal, 1);
  const ComparisonLine& all = line(compared.comparison, "all", "dqn");
  EXPECT_EQ(all.compared, 3);
  EXPECT_EQ(all.absent, 1);  // not the one of figure 12, of which we have nothing
  EXPECT_EQ(all.within_goal, 1);
  EXPECT_EQ(compared.comparison.absent_figures, std::vector<std::string>{"12"});
  EXPECT_EQ(compared.comparison.lines.front().figure, "5a");
}

TEST(Compare, TheGoalIsMetUpToTheTolerance) {
  const auto within = [](double ours) {
    return line(compare({published_run("a", "0.1", "4", 1, 0.3, ours)},
                        {published_at({{Policy::dqn, 0.2503}})})
                    .comparison,
                "6", "dqn")
        .within_goal;
  };
  EXPECT_EQ(within(0.2503 + 0.0003), 1);
  EXPECT_EQ(within(0.2503 + 0.000301), 0);
  EXPECT_EQ(within(0.2), 1);  // lower is better
}

TEST(Compare, OneSeedOnOwnSequencesHasTheirNoise) {
  const ComparedPoint point = point_of(compare({published_run("a", "0.1", "4", 1, 0.26, 0.25)},
                                               {published_at({{Policy::mdp, 0.26}})}),
                                       Policy::mdp);
  EXPECT_NEAR(point.intervals.ours.low, 0.26 - 1.96e-4, 1e-12);
  EXPECT_NEAR(point.intervals.ours.high, 0.26 + 1.96e-4, 1e-12);
  // Published sequences have 1e7 images, ours 1e6: sqrt(0.1) of our error; and the level 1e-5.
  const double both = 1.96 * root(root(1e-4, 1e-4 * std::sqrt(0.1)), 1e-5);
  EXPECT_NEAR(point.intervals.both.high, 0.26 + both, 1e-12);
}

TEST(Compare, SeveralSeedsAddTheirSpread) {
  // The bootstrap of two values spans both (statistics_test): 0.25 +- 0.0003.
  const ComparedPoint point = point_of(compare({published_run("a", "0.1", "4", 1, 0.26, 0.2497),
                                                published_run("b", "0.1", "4", 2, 0.26, 0.2503)},
                                               {published_at({{Policy::dqn, 0.25}})}),
                                       Policy::dqn);
  EXPECT_EQ(point.seeds, 2);
  EXPECT_NEAR(point.ours, 0.25, 1e-12);
  EXPECT_NEAR(point.intervals.ours.high, 0.25 + root(3e-4, 1.96e-4), 1e-12);
  const double more = root(root(root(1.96e-4, 1.96e-4 * std::sqrt(0.1)), 1.96e-5), 1.96 * 3.2e-5);
  EXPECT_NEAR(point.intervals.both.low, 0.25 - root(3e-4, more), 1e-12);
}

TEST(Compare, ReplayedSequencesLeaveTrainingAndLevel) {
  const StoredRun run = with_setting(published_run("a", "0.1", "4", 1, 0.26, 0.25),
                                     "test_metric_sequence_type", "\"replay\"");
  const Compared compared =
      compare({run}, {published_at({{Policy::mdp, 0.26}, {Policy::dqn, 0.25}})});
  const std::vector<ComparedPoint>& points = compared.comparison.points;
  EXPECT_TRUE(points[0].replayed);
  EXPECT_NEAR(points[0].intervals.ours.high, 0.26 + 1.96e-5, 1e-12);  // the level
  // One training of theirs and one of ours.
  const double training = 1.96 * 3.2e-5 * std::sqrt(2.0);
  EXPECT_NEAR(points[1].intervals.ours.high, 0.25 + root(training, 1.96e-5), 1e-12);
  EXPECT_EQ(points[1].intervals.both.high, points[1].intervals.ours.high);
  EXPECT_NEAR(points[2].intervals.ours.high, 0.01 + training, 1e-12);  // the gain has no level
}

TEST(Compare, CountsPublishedValuesInTheIntervals) {
  // Ours 0.26 +- 0.000196, with the published noise +- 0.00020...
  const auto counts = [](double published) {
    const Compared compared = compare({published_run("a", "0.1", "4", 1, 0.26, 0.25)},
                                      {published_at({{Policy::mdp, published}})});
    const ComparisonLine& counted = line(compared.comparison, "6", "mdp");
    return std::vector<int64_t>{counted.with_interval, counted.in_ours, counted.in_both};
  };
  EXPECT_EQ(counts(0.26 + 0.00019), (std::vector<int64_t>{1, 1, 1}));
  EXPECT_EQ(counts(0.26 - 0.000200), (std::vector<int64_t>{1, 0, 1}));
  EXPECT_EQ(counts(0.26 + 0.00025), (std::vector<int64_t>{1, 0, 0}));
}

TEST(Compare, WhatIsNotInAllIsListedButNotCounted) {
  StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  run.result.policies.push_back({Policy::lower_bound, 0.2403, 0, 0.1});
  PublishedPoint bound = published_at({{Policy::lower_bound, 0.2401}});
  bound.in_all = false;
  bound.notes = {"of an unknown sequence"};
  PublishedPoint other = published_at({{Policy::mdp, 0.26}});
  other.figure = "5a";
  other.notes = {"known"};
  PublishedPoint absent = published_at({{Policy::mdp, 0.26}}, 9);
  absent.figure = "7";
  absent.notes = {"not to be told"};
  const Compared compared = compare({run}, {bound, other, absent});
  const ComparedPoint point = point_of(compared, Policy::lower_bound);
  EXPECT_NEAR(point.difference, 0.0002, 1e-12);
  EXPECT_TRUE(std::isnan(point.intervals.both.low));  // it is not simulated
  EXPECT_FALSE(line(compared.comparison, "6", "lower_bound").in_all);
  EXPECT_THROW(line(compared.comparison, "all", "lower_bound"), std::runtime_error);
  EXPECT_EQ(line(compared.comparison, "all", "mdp").compared, 1);
  const std::vector<std::string> notes = comparison_notes(compared.comparison);
  const auto told = [&](const char* note) { return std::count(notes.begin(), notes.end(), note); };
  EXPECT_EQ(told("of an unknown sequence"), 1);
  EXPECT_EQ(told("known"), 1);
  EXPECT_EQ(told("not to be told"), 0);
}

TEST(Compare, RunsThatDifferInMoreThanTheSeedAreAmbiguous) {
  const StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  StoredRun wider = with_setting(run, "dqn_width", "128");
  wider.result.id = "b";
  wider.result.policies[2].loss = 0.2499;
  const PublishedPoint point = published_at({{Policy::mdp, 0.26}, {Policy::dqn, 0.25}});
  const Compared compared = compare({run, wider}, {point});
  EXPECT_EQ(point_of(compared, Policy::mdp).status, Status::compared);  // the same MDP in both
  EXPECT_EQ(point_of(compared, Policy::dqn).status, Status::ambiguous);
  // Of several histories the preferred one counts; where no run has it, any.
  const StoredRun shorter = with_setting(wider, "dqn_history_metrics", "31");
  EXPECT_EQ(point_of(compare({shorter, run}, {point}), Policy::dqn).run, "a");
  EXPECT_EQ(point_of(compare({shorter}, {point}), Policy::dqn).run, "b");
}

TEST(Compare, OfSeveralTheLongestSimulationCounts) {
  const StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  const StoredRun shorter =
      with_setting(published_run("b", "0.1", "4", 1, 0.27, 0.24), "test_images", "300");
  const PublishedPoint point = published_at({{Policy::mdp, 0.26}});
  EXPECT_EQ(point_of(compare({shorter, run}, {point}), Policy::mdp).run, "a");
  EXPECT_EQ(point_of(compare({run, shorter}, {point}), Policy::mdp).run, "a");
  EXPECT_EQ(point_of(compare({shorter}, {point}), Policy::mdp).run, "b");
}

TEST(Compare, FailedRunsAreAbsent) {
  StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  run.result.status = RunStatus::failed;
  const Compared compared = compare({run}, {published_at({{Policy::mdp, 0.26}})});
  EXPECT_EQ(point_of(compared, Policy::mdp).status, Status::absent);
  EXPECT_TRUE(compared.comparison.lines.empty());
}

TEST(Compare, TablesHoldWhatWasCompared) {
  const Compared compared =
      compare({published_run("a", "0.1", "4", 1, 0.2607, 0.25)},
              {published_at({{Policy::mdp, 0.2603}}),
               with_stated(with_stated(published_at({{Policy::mdp, 0.26}}, 9), "arrivals_type", ""),
                           "arrivals_interval_1", "2")});
  const ResultGrid grid = points_grid(compared.comparison);
  const std::vector<std::pair<std::string, Table>> tables = comparison_tables(compared.comparison);
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0].first, "comparison");
  ASSERT_EQ(tables[0].second.columns.size(), grid.columns.size());
  const auto column = [&](const char* name) {
    for (const Column& candidate : tables[0].second.columns)
      if (candidate.name == name) return candidate.values;
    throw std::runtime_error(std::string("no column ") + name);
  };
  EXPECT_EQ(std::get<Texts>(column("status")), (Texts{"compared", "absent"}));
  EXPECT_EQ(std::get<Integers>(column("seeds")), (Integers{1, 0}));
  EXPECT_EQ(std::get<Numbers>(column("depth")), (Numbers{4, 9}));
  EXPECT_EQ(std::get<Texts>(column("arrivals_type")), (Texts{"periodic", ""}));
  EXPECT_EQ(std::get<Numbers>(column("published_at_our_level")), (Numbers{0.2603, 0.26}));
  const Numbers differences = std::get<Numbers>(column("difference"));
  EXPECT_NEAR(differences[0], 0.0004, 1e-12);
  EXPECT_TRUE(std::isnan(differences[1]));
  const Numbers intervals = std::get<Numbers>(column("arrivals_interval_1"));
  EXPECT_TRUE(std::isnan(intervals[0]));
  EXPECT_EQ(intervals[1], 2);
}

}  // namespace
}  // namespace edgesweep::testing
