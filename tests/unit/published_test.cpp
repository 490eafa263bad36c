// Published losses beside ours, by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "host/results/published/comparison_table.h"
#include "host/results/published/match.h"
#include "tests/support/config_files.h"
#include "tests/support/paths.h"
#include "tests/support/published_files.h"

namespace edgesweep::testing {
namespace {

using Status = ComparedPoint::Status;

/// Losses of a folder that holds this file.
PublishedFolder read_rows(const std::string& rows) {
  const TemporaryFolder folder;
  write_bytes(folder.file("fig.csv"), kPublishedHeader + rows);
  return read_published(folder.path());
}

/// The one row, Fig. 6 at rate 0.1 and depth 4.
PublishedLoss published_at(Policy policy, double loss, double depth = 4) {
  PublishedLoss point;
  point.figure = "6";
  point.panel = "b";
  point.policy = policy;
  point.x_name = "b";
  point.x = depth;
  point.settings.rate = 0.1;
  point.settings.depth = depth;
  point.settings.spread = 0.1;
  point.settings.reset_probability = 0.1;
  point.loss = loss;
  return point;
}

/// Level of correlated images: weak loss 0.2997 published, 0.3 ours, so published losses count
/// 0.0003 more.
const std::vector<SequenceWeakLoss> kWeakLosses{{std::nullopt, std::nullopt, 0.2994, 0},
                                                {0.1, 0.1, 0.2997, 1e-5}};

Comparison compare(const std::vector<StoredRun>& runs,
                   const std::vector<PublishedLoss>& published) {
  StoredSweep sweep;
  sweep.runs = runs;
  return compare_with_published(sweep, published, kWeakLosses,
                                [](const StoredRun&) { return 0.3; });
}

const ComparisonLine& line(const Comparison& comparison, const std::string& figure,
                           const std::string& curve) {
  for (const ComparisonLine& candidate : comparison.lines)
    if (candidate.figure == figure && candidate.curve == curve) return candidate;
  throw std::runtime_error("no line " + figure + " " + curve);
}

double root(double a, double b) { return std::sqrt(a * a + b * b); }

TEST(Published, ReadsTheFilesOfTheRepository) {
  const PublishedFolder folder = read_published(testing::source_dir() + "/experiments/published");
  // 5a: 3 x 11 points, 6 and 9: 3 x 20, four curves each; figures that are added later come on top.
  EXPECT_GE(folder.losses.size(), 132u + 240u + 240u);
  EXPECT_EQ(std::count(folder.files.begin(), folder.files.end(), "fig6.csv"), 1);
  EXPECT_EQ(std::count(folder.passed_over.begin(), folder.passed_over.end(), "fig7a_trace.csv"), 1);
  const auto weak_losses = read_sequence_weak_losses(
      testing::source_dir() + "/experiments/datasets/sequence_weak_loss.csv");
  for (const PublishedLoss& loss : folder.losses)
    EXPECT_NE(find_weak_loss(weak_losses, loss.settings.spread, loss.settings.reset_probability),
              nullptr)
        << loss.file << " line " << loss.line;
}

TEST(Published, ReadsSettingsWhereTheyApply) {
  const PublishedFolder folder = read_rows(
      "6,a,0.05,3,0.1,0.1,,,,,,mdp,b,3,0.2761498,spread rprob\n"
      "8,b,0.1,4,,,1,6,0.00316228,0.00079057,,dqn,log10_tprob1,-2.5,0.15,r b\n");
  ASSERT_EQ(folder.losses.size(), 2u);
  const PublishedLoss& first = folder.losses[0];
  EXPECT_EQ(first.policy, Policy::mdp);
  EXPECT_EQ(first.settings.rate, 0.05);
  EXPECT_EQ(first.settings.reset_probability, 0.1);
  EXPECT_FALSE(first.settings.interval_1.has_value());
  EXPECT_EQ(first.loss, 0.2761498);
  EXPECT_EQ(first.line, 2);
  const PublishedLoss& second = folder.losses[1];
  EXPECT_FALSE(second.settings.spread.has_value());
  EXPECT_EQ(second.settings.interval_2, 6);
  EXPECT_EQ(second.x, -2.5);
  EXPECT_FALSE(second.settings_assumed);
}

TEST(Published, TakesFigureElevenForTheSettingOfFigureE) {
  const PublishedFolder folder =
      read_rows("11,a,,,,,,,,,8,dqn,log2_T,3,0.25,r b spread rprob I1 I2 tprob1 tprob2\n");
  const PointSettings& settings = folder.losses.at(0).settings;
  EXPECT_TRUE(folder.losses[0].settings_assumed);
  EXPECT_EQ(settings.rate, 0.1);
  EXPECT_EQ(settings.depth, 4);
  EXPECT_EQ(settings.spread, 0.1);
  EXPECT_EQ(settings.reset_probability, 0.01);
  EXPECT_EQ(settings.interval_2, 3);
  EXPECT_EQ(settings.p_21, 0.0005);
  EXPECT_EQ(folder.losses[0].history, 8);
}

TEST(Published, SixDigitsOfALogarithmicAxisAreTheSameSetting) {
  EXPECT_TRUE(same_setting(0.00316228, 0.0031622776601683794));
  EXPECT_TRUE(same_setting(0.30000000000000004, 0.3));
  EXPECT_TRUE(same_setting(0, 0));
  EXPECT_FALSE(same_setting(0, 0.001));
  EXPECT_FALSE(same_setting(0.0031, 0.0031623));
  EXPECT_FALSE(same_setting(4, 4.001));
}

TEST(Published, MatchesAllSettingsOfAPoint) {
  const StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  const PublishedLoss point = published_at(Policy::mdp, 0.26);
  const auto matches = [&](const StoredRun& candidate, const PublishedLoss& published) {
    const std::optional<PointSettings> at = point_of(candidate);
    return at && same_point(*at, published.settings);
  };
  EXPECT_TRUE(matches(run, point));
  EXPECT_FALSE(matches(with_setting(run, "rate", "0.11"), point));
  EXPECT_FALSE(matches(with_setting(run, "depth", "5"), point));
  EXPECT_FALSE(matches(with_setting(run, "metric_sequence_spread", "0.2"), point));
  EXPECT_FALSE(matches(with_setting(run, "metric_sequence_reset_probability", "0.01"), point));
  EXPECT_FALSE(matches(with_setting(run, "metric_sequence_type", "\"replay\""), point));
  EXPECT_FALSE(matches(with_setting(run, "test_metric_sequence_type", "\"iid\""), point));
  EXPECT_TRUE(matches(with_setting(run, "test_metric_sequence_type", "\"replay\""), point));

  StoredRun bursts = with_setting(run, "arrivals_type", "\"markov_modulated\"");
  bursts = with_setting(bursts, "arrivals_interval_1", "1");
  bursts = with_setting(bursts, "arrivals_interval_2", "3");
  bursts = with_setting(bursts, "arrivals_p_12", "0.0031622776601683794");
  bursts = with_setting(bursts, "arrivals_p_21", "0.0015811388300841897");
  EXPECT_FALSE(matches(bursts, point));
  PublishedLoss in_bursts = point;
  in_bursts.settings.interval_1 = 1;
  in_bursts.settings.interval_2 = 3;
  in_bursts.settings.p_12 = 0.00316228;
  in_bursts.settings.p_21 = 0.00158114;
  EXPECT_TRUE(matches(bursts, in_bursts));
  EXPECT_FALSE(matches(run, in_bursts));
  EXPECT_FALSE(matches(with_setting(bursts, "arrivals_p_21", "0.005"), in_bursts));
}

TEST(Published, ALengthOfHistoryCountsTheCurrentImage) {
  PublishedLoss point = published_at(Policy::dqn, 0.25);
  point.history = 8;
  const StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  EXPECT_EQ(compare({run}, {point}).points[0].status, Status::absent);
  const StoredRun seven = with_setting(run, "dqn_history_metrics", "7");
  EXPECT_EQ(compare({seven}, {point}).points[0].status, Status::compared);
  // The other policies have no history.
  point.policy = Policy::mdp;
  EXPECT_EQ(compare({run}, {point}).points[0].status, Status::compared);
}

TEST(Published, ComparesAtTheLevelOfOurLosses) {
  const Comparison comparison =
      compare({published_run("a", "0.1", "4", 1, 0.2607, 0.2501)},
              {published_at(Policy::mdp, 0.26), published_at(Policy::dqn, 0.25)});
  ASSERT_EQ(comparison.points.size(), 3u);
  EXPECT_NEAR(comparison.points[0].value, 0.2603, 1e-12);
  EXPECT_NEAR(comparison.points[0].difference, 0.0004, 1e-12);
  EXPECT_NEAR(comparison.points[1].difference, -0.0002, 1e-12);
  // The gain is free of the level: 0.0106 against 0.01.
  EXPECT_EQ(comparison.points[2].curve, kGainCurve);
  EXPECT_NEAR(comparison.points[2].difference, 0.0006, 1e-12);
}

TEST(Published, SumsUpFigureByFigure) {
  std::vector<PublishedLoss> published{published_at(Policy::dqn, 0.25),
                                       published_at(Policy::dqn, 0.24, 5),
                                       published_at(Policy::dqn, 0.23, 6)};
  published.push_back(published_at(Policy::dqn, 0.24, 5));
  published.back().figure = "5a";
  published.push_back(published_at(Policy::dqn, 0.2, 9));
  published.back().figure = "12";
  // Published at our level: 0.2503, 0.2403.
  const Comparison comparison = compare({published_run("a", "0.1", "4", 1, 0.3, 0.2501),
                                         published_run("b", "0.1", "5", 1, 0.3, 0.2407)},
                                        published);
  const ComparisonLine& six = line(comparison, "6", "dqn");
  EXPECT_EQ(six.compared, 2);
  EXPECT_EQ(six.absent, 1);
  EXPECT_NEAR(six.mean_difference, 0.0001, 1e-12);  // (-0.0002 + 0.0004) / 2
  EXPECT_NEAR(six.mean_absolute, 0.0003, 1e-12);
  EXPECT_NEAR(six.largest, 0.0004, 1e-12);
  EXPECT_EQ(six.largest_point, "panel b, b 5");
  EXPECT_EQ(six.within_goal, 1);
  const ComparisonLine& all = line(comparison, "all", "dqn");
  EXPECT_EQ(all.compared, 3);
  EXPECT_EQ(all.absent, 1);  // not the one of figure 12, of which we have nothing
  EXPECT_EQ(all.within_goal, 1);
  EXPECT_EQ(comparison.absent_figures, std::vector<std::string>{"12"});
  EXPECT_EQ(comparison.lines.front().figure, "5a");
}

TEST(Published, TheGoalIsMetUpToTheMargin) {
  const auto within = [](double ours) {
    return line(compare({published_run("a", "0.1", "4", 1, 0.3, ours)},
                        {published_at(Policy::dqn, 0.25)}),
                "6", "dqn")
        .within_goal;
  };
  EXPECT_EQ(within(0.2503 + 0.0003), 1);
  EXPECT_EQ(within(0.2503 + 0.000301), 0);
  EXPECT_EQ(within(0.2), 1);  // lower is better
}

TEST(Published, OneSeedOnOwnSequencesHasTheirNoise) {
  const ComparedPoint point =
      compare({published_run("a", "0.1", "4", 1, 0.26, 0.25)}, {published_at(Policy::mdp, 0.26)})
          .points[0];
  EXPECT_NEAR(point.intervals.ours.low, 0.26 - 1.96e-4, 1e-12);
  EXPECT_NEAR(point.intervals.ours.high, 0.26 + 1.96e-4, 1e-12);
  // Published sequences have 1e7 images, ours 1e6: sqrt(0.1) of our error; and the level 1e-5.
  const double both = 1.96 * root(root(1e-4, 1e-4 * std::sqrt(0.1)), 1e-5);
  EXPECT_NEAR(point.intervals.both.high, 0.26 + both, 1e-12);
}

TEST(Published, SeveralSeedsAddTheirSpread) {
  // The bootstrap of two values spans both (statistics_test): 0.25 +- 0.0003.
  const ComparedPoint point = compare({published_run("a", "0.1", "4", 1, 0.26, 0.2497),
                                       published_run("b", "0.1", "4", 2, 0.26, 0.2503)},
                                      {published_at(Policy::dqn, 0.25)})
                                  .points[0];
  EXPECT_EQ(point.seeds, 2);
  EXPECT_NEAR(point.ours, 0.25, 1e-12);
  EXPECT_NEAR(point.intervals.ours.high, 0.25 + root(3e-4, 1.96e-4), 1e-12);
  const double more = root(root(root(1.96e-4, 1.96e-4 * std::sqrt(0.1)), 1.96e-5), 1.96 * 3.2e-5);
  EXPECT_NEAR(point.intervals.both.low, 0.25 - root(3e-4, more), 1e-12);
}

TEST(Published, ReplayedSequencesLeaveTrainingAndLevel) {
  const StoredRun run = with_setting(published_run("a", "0.1", "4", 1, 0.26, 0.25),
                                     "test_metric_sequence_type", "\"replay\"");
  const std::vector<ComparedPoint> points =
      compare({run}, {published_at(Policy::mdp, 0.26), published_at(Policy::dqn, 0.25)}).points;
  EXPECT_TRUE(points[0].replayed);
  EXPECT_NEAR(points[0].intervals.ours.high, 0.26 + 1.96e-5, 1e-12);  // the level
  // One training of theirs and one of ours.
  const double training = 1.96 * 3.2e-5 * std::sqrt(2.0);
  EXPECT_NEAR(points[1].intervals.ours.high, 0.25 + root(training, 1.96e-5), 1e-12);
  EXPECT_EQ(points[1].intervals.both.high, points[1].intervals.ours.high);
  EXPECT_NEAR(points[2].intervals.ours.high, 0.01 + training, 1e-12);  // the gain has no level
}

TEST(Published, CountsPublishedValuesInTheIntervals) {
  // Ours 0.26 +- 0.000196, with the published noise +- 0.00020...: 0.2597 + 0.0003 and so on.
  const auto counts = [](double published) {
    const ComparisonLine counted = line(compare({published_run("a", "0.1", "4", 1, 0.26, 0.25)},
                                                {published_at(Policy::mdp, published)}),
                                        "6", "mdp");
    return std::vector<int64_t>{counted.with_interval, counted.in_ours, counted.in_both};
  };
  EXPECT_EQ(counts(0.2597 + 0.00019), (std::vector<int64_t>{1, 1, 1}));
  EXPECT_EQ(counts(0.2597 - 0.000200), (std::vector<int64_t>{1, 0, 1}));
  EXPECT_EQ(counts(0.2597 + 0.00025), (std::vector<int64_t>{1, 0, 0}));
}

TEST(Published, ALowerBoundOfCorrelatedImagesIsMarkedAndNotCounted) {
  StoredRun run =
      with_setting(published_run("a", "0.1", "4", 1, 0.26, 0.25), "metric_sequence_spread", "0.5");
  run.result.policies.push_back({Policy::lower_bound, 0.2403, 0, 0.1});
  PublishedLoss point = published_at(Policy::lower_bound, 0.2401);
  point.settings.spread = 0.5;  // its own weak loss is not even known: that of Fig. 6 counts
  PublishedLoss other = published_at(Policy::mdp, 0.26);
  other.figure = "5a";
  const Comparison comparison =
      compare({run, published_run("b", "0.1", "4", 1, 0.26, 0.25)}, {point, other});
  EXPECT_TRUE(comparison.points[0].unidentified);
  EXPECT_NEAR(comparison.points[0].difference, 0.2403 - 0.2401 - 0.0003, 1e-12);
  EXPECT_TRUE(std::isnan(comparison.points[0].intervals.both.low));  // it is not simulated
  EXPECT_TRUE(line(comparison, "6", "lower_bound").unidentified);
  EXPECT_THROW(line(comparison, "all", "lower_bound"), std::runtime_error);
  EXPECT_EQ(line(comparison, "all", "mdp").compared, 1);
}

TEST(Published, AnUnknownLevelIsNotGuessed) {
  const StoredRun run =
      with_setting(published_run("a", "0.1", "4", 1, 0.26, 0.25), "metric_sequence_spread", "0.5");
  PublishedLoss point = published_at(Policy::mdp, 0.26);
  point.settings.spread = 0.5;
  const Comparison comparison = compare({run}, {point});
  EXPECT_EQ(comparison.points[0].status, Status::no_weak_loss);
  EXPECT_EQ(line(comparison, "6", "mdp").ambiguous, 1);
}

TEST(Published, RunsThatDifferInMoreThanTheSeedAreAmbiguous) {
  const StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  StoredRun wider = with_setting(run, "dqn_width", "128");
  wider.result.id = "b";
  wider.result.policies[2].loss = 0.2499;
  const Comparison comparison =
      compare({run, wider}, {published_at(Policy::mdp, 0.26), published_at(Policy::dqn, 0.25)});
  EXPECT_EQ(comparison.points[0].status, Status::compared);  // the same MDP in both
  EXPECT_EQ(comparison.points[1].status, Status::ambiguous);
  // Of several histories, the released 95 is meant.
  const StoredRun shorter = with_setting(wider, "dqn_history_metrics", "31");
  EXPECT_EQ(compare({shorter, run}, {published_at(Policy::dqn, 0.25)}).points[0].run, "a");
}

TEST(Published, OfSeveralTheLongestSimulationCounts) {
  const StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  StoredRun shorter =
      with_setting(published_run("b", "0.1", "4", 1, 0.27, 0.24), "test_images", "300");
  const PublishedLoss point = published_at(Policy::mdp, 0.26);
  EXPECT_EQ(compare({shorter, run}, {point}).points[0].run, "a");
  EXPECT_EQ(compare({run, shorter}, {point}).points[0].run, "a");
  EXPECT_EQ(compare({shorter}, {point}).points[0].run, "b");
}

TEST(Published, FailedRunsAreAbsent) {
  StoredRun run = published_run("a", "0.1", "4", 1, 0.26, 0.25);
  run.result.status = RunStatus::failed;
  const Comparison comparison = compare({run}, {published_at(Policy::mdp, 0.26)});
  EXPECT_EQ(comparison.points[0].status, Status::absent);
  EXPECT_TRUE(comparison.lines.empty());
}

TEST(Published, TablesHoldWhatWasCompared) {
  const Comparison comparison =
      compare({published_run("a", "0.1", "4", 1, 0.2607, 0.25)},
              {published_at(Policy::mdp, 0.26), published_at(Policy::mdp, 0.26, 9)});
  const ResultGrid grid = points_grid(comparison);
  const std::vector<std::pair<std::string, Table>> tables = comparison_tables(comparison);
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0].first, "comparison");
  ASSERT_EQ(tables[0].second.columns.size(), grid.columns.size());
  for (const Column& column : tables[0].second.columns) {
    if (column.name == "status") {
      EXPECT_EQ(std::get<Texts>(column.values), (Texts{"compared", "absent"}));
    }
    if (column.name == "seeds") {
      EXPECT_EQ(std::get<Integers>(column.values), (Integers{1, 0}));
    }
    if (column.name == "difference") {
      EXPECT_NEAR(std::get<Numbers>(column.values)[0], 0.0004, 1e-12);
      EXPECT_TRUE(std::isnan(std::get<Numbers>(column.values)[1]));
    }
    if (column.name == "interval_1") {
      EXPECT_TRUE(std::isnan(std::get<Numbers>(column.values)[0]));
    }
  }
}

}  // namespace
}  // namespace edgesweep::testing
