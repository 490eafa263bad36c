#include "host/results/result_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/sample_results.h"

namespace edgesweep {
namespace {

using Cell = ResultGrid::Cell;
using testing::sample_sweep;

Cell cell(const ResultGrid& grid, size_t row, const std::string& column) {
  const auto found = std::find(grid.columns.begin(), grid.columns.end(), column);
  if (found == grid.columns.end()) return std::string("no column " + column);
  return grid.rows.at(row).at(static_cast<size_t>(found - grid.columns.begin()));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(ResultTable, LeadsWithTheSettingsThatDiffer) {
  const ResultTable table = make_result_table(sample_sweep());
  const std::vector<std::string> start(table.runs.columns.begin(), table.runs.columns.begin() + 4);
  EXPECT_EQ(start, (std::vector<std::string>{"id", "depth", "seed", "weak_loss"}));
  EXPECT_EQ(table.runs.rows.size(), 6u);
  for (const auto& row : table.runs.rows) EXPECT_EQ(row.size(), table.runs.columns.size());
}

TEST(ResultTable, SeedStandsLastWhateverTheOrderOfAxes) {
  StoredSweep sweep = sample_sweep();
  sweep.swept = {"seed", "rate", "depth"};
  const ResultTable table = make_result_table(sweep);
  const std::vector<std::string> start(table.runs.columns.begin(), table.runs.columns.begin() + 4);
  EXPECT_EQ(start, (std::vector<std::string>{"id", "rate", "depth", "seed"}));
}

TEST(ResultTable, FindsWhatDiffersWhenTheFileDoesNotSay) {
  StoredSweep sweep = sample_sweep();
  sweep.swept.clear();
  const ResultTable table = make_result_table(sweep);
  const std::vector<std::string> start(table.runs.columns.begin(), table.runs.columns.begin() + 4);
  EXPECT_EQ(start, (std::vector<std::string>{"id", "depth", "arrivals_p_12", "seed"}));
}

TEST(ResultTable, SaysWhereTheLowerBoundBoundsNothing) {
  StoredSweep sweep = sample_sweep();
  EXPECT_EQ(make_result_table(sweep).bound_note, "") << "no run has the policy";
  for (StoredRun& run : sweep.runs)
    run.result.policies.push_back({Policy::lower_bound, 0.1, 0, 0.1});
  sweep.runs[0].result.policies.push_back({Policy::clairvoyant, 0.05, 1e-5, 0.1});
  sweep.runs[0].result.policies.push_back({Policy::strong, 0.01, 0, 1});
  EXPECT_EQ(make_result_table(sweep).bound_note, "")
      << "the clairvoyant knows more, and strong keeps to no rate";
  sweep.runs[1].result.policies.push_back({Policy::baseline, 0.0998, 1e-4, 0.1});
  EXPECT_EQ(make_result_table(sweep).bound_note, "") << "two standard errors";
  sweep.runs[1].result.policies.back().loss = 0.0996;
  sweep.runs[2].result.policies.front().loss = 0.09;  // weak
  const std::string text = render_text(make_result_table(sweep));
  EXPECT_NE(text.find("lower_bound is no bound in 2 of 6 runs"), std::string::npos) << text;
}

TEST(ResultTable, GainIsTheLossOfTheMdpMinusThatOfTheDqn) {
  const ResultTable table = make_result_table(sample_sweep());
  EXPECT_EQ(cell(table.runs, 1, "mdp_loss"), Cell(0.2));
  EXPECT_EQ(cell(table.runs, 1, "dqn_loss"), Cell(0.18));
  EXPECT_EQ(cell(table.runs, 1, "dqn_gain"), Cell(0.2 - 0.18));
  EXPECT_EQ(cell(table.runs, 5, "dqn_gain"), Cell());  // no DQN there
}

TEST(ResultTable, ShowsFailedRunsWithTheirCause) {
  const ResultTable table = make_result_table(sample_sweep());
  EXPECT_EQ(cell(table.runs, 4, "status"), Cell(std::string("failed")));
  EXPECT_EQ(cell(table.runs, 4, "failure"),
            Cell(std::string("loss is not finite, at iteration 17")));
  EXPECT_EQ(cell(table.runs, 4, "mdp_loss"), Cell());
  EXPECT_NE(render_text(table).find("failed: 00000000000e: loss is not finite, at iteration 17\n"),
            std::string::npos);
}

TEST(ResultTable, HasNoStatusWhenNothingFailed) {
  StoredSweep sweep = sample_sweep();
  sweep.runs.resize(4);
  const std::vector<std::string> columns = make_result_table(sweep).runs.columns;
  EXPECT_EQ(std::count(columns.begin(), columns.end(), "status"), 0);
}

TEST(ResultTable, SummarisesGroupsOfSeeds) {
  const ResultTable table = make_result_table(sample_sweep());
  ASSERT_EQ(table.summary.rows.size(), 2u);
  EXPECT_EQ(cell(table.summary, 0, "depth"), Cell(int64_t{4}));
  EXPECT_EQ(cell(table.summary, 0, "seeds"), Cell(int64_t{3}));
  const double dqn_mean = (0.19 + 0.18 + 0.185) / 3;
  EXPECT_EQ(cell(table.summary, 0, "dqn_loss"), Cell(dqn_mean));
  const double mdp_mean = (0.2 + 0.2 + 0.2) / 3;
  EXPECT_EQ(cell(table.summary, 0, "dqn_gain"), Cell(mdp_mean - dqn_mean));
  for (const auto& row : table.summary.rows) EXPECT_EQ(row.size(), table.summary.columns.size());
}

TEST(ResultTable, SummaryHasTheIntervalOfTheMeanAndTheImprovementOverTheMdp) {
  const ResultTable table = make_result_table(sample_sweep());
  const Interval interval = mean_interval({0.19, 0.18, 0.185});
  EXPECT_EQ(cell(table.summary, 0, "dqn_loss_mean_low"), Cell(interval.low));
  EXPECT_EQ(cell(table.summary, 0, "dqn_loss_mean_high"), Cell(interval.high));
  EXPECT_EQ(cell(table.summary, 0, "dqn_improvement"), Cell(1.0));
  EXPECT_EQ(cell(table.summary, 0, "dqn_improvement_low"), Cell(1.0));
  EXPECT_EQ(cell(table.summary, 1, "dqn_improvement"), Cell(0.0));  // 0.21 is above 0.2 twice
}

TEST(ResultTable, TextHasTheIntervalOfTheMeanBesideIt) {
  ResultTable table = make_result_table(sample_sweep());
  const auto column =
      std::find(table.summary.columns.begin(), table.summary.columns.end(), "dqn_loss_mean_low");
  ASSERT_NE(column, table.summary.columns.end());
  table.summary.rows[0][static_cast<size_t>(column - table.summary.columns.begin())] = 0.123;
  EXPECT_NE(render_text(table).find("0.185000 [0.123000, 0.190000]"), std::string::npos)
      << render_text(table);
}

TEST(ResultTable, ExperimentCountsEveryPointTheSame) {
  const ExperimentSummary experiment = make_result_table(sample_sweep()).experiment;
  EXPECT_EQ(experiment.points, 2);
  EXPECT_EQ(experiment.least_seeds, 1);
  EXPECT_EQ(experiment.most_seeds, 3);
  // Gains 0.01, 0.02, 0.015 at one point, -0.01 at the other.
  EXPECT_NEAR(experiment.gain, (0.015 - 0.01) / 2, 1e-15);
  // All three seeds the lowest, or the highest, has probability 1/27: more than 2.5 %.
  EXPECT_NEAR(experiment.gain_interval.low, (0.01 - 0.01) / 2, 1e-15);
  EXPECT_NEAR(experiment.gain_interval.high, (0.02 - 0.01) / 2, 1e-15);
  EXPECT_EQ(experiment.improvement, 0.5);
}

TEST(ResultTable, TextSaysHowTheDqnDoesOverTheWholeExperiment) {
  StoredSweep sweep = sample_sweep();
  EXPECT_EQ(lines_of(render_text(make_result_table(sweep))).back(),
            "dqn against mdp over 2 points (1 to 3 seeds each): mean gain +0.002500 [+0.000000, "
            "+0.005000], probability of improvement 0.500 [0.500, 0.500]");
  sweep.runs = {sweep.runs[0], sweep.runs[3]};
  EXPECT_EQ(lines_of(render_text(make_result_table(sweep))).back(),
            "dqn against mdp over 2 points (1 seed each): mean gain +0.000000, probability of "
            "improvement 0.500");
}

TEST(ResultTable, GainsOverSeveralDatasetsAreNotAveraged) {
  StoredSweep sweep = sample_sweep();
  StoredRun& run = sweep.runs[3];  // depth 2.5
  SettingColumns columns = run.config.columns();
  columns[0].second = "data/other.npz";
  run.config = RunConfig(run.config.json(), columns);
  const ResultTable table = make_result_table(sweep);
  EXPECT_TRUE(std::isnan(table.experiment.gain));
  const std::string text = render_text(table);
  EXPECT_NE(text.find("dqn against mdp over 2 points (1 to 3 seeds each): probability of "
                      "improvement 0.500 [0.500, 0.500]; mean gain by dataset, as their costs may "
                      "have different units:\n"
                      "  data/größe.npz: +0.015000 [+0.010000, +0.020000] over 1 point\n"
                      "  data/other.npz: -0.010000 over 1 point\n"),
            std::string::npos)
      << text;
  const auto json = nlohmann::json::parse(render_json(table)).at("experiment");
  EXPECT_TRUE(json.at("dqn_gain").is_null());
  EXPECT_EQ(json.at("datasets").size(), 2u);
  EXPECT_EQ(json.at("datasets")[1].at("dataset"), "data/other.npz");
  EXPECT_NEAR(json.at("datasets")[1].at("dqn_gain").get<double>(), -0.01, 1e-15);
}

TEST(ResultTable, SaysNothingOfAnExperimentWithoutDqn) {
  StoredSweep sweep = sample_sweep();
  sweep.runs = {sweep.runs[5]};
  const ResultTable table = make_result_table(sweep);
  EXPECT_EQ(table.experiment.points, 0);
  EXPECT_EQ(render_text(table).find("dqn against"), std::string::npos);
}

TEST(ResultTable, HasNoSummaryForOneSeed) {
  StoredSweep sweep = sample_sweep();
  sweep.runs = {sweep.runs[0], sweep.runs[3]};
  const ResultGrid summary = make_result_table(sweep).summary;
  EXPECT_TRUE(summary.rows.empty());
  EXPECT_TRUE(render_csv(summary).starts_with("depth,seeds,weak_loss,weak_loss_mean_low,"));
}

TEST(ResultTable, TextHasStandardErrorsBesideLossesInAlignedColumns) {
  StoredSweep sweep = sample_sweep();
  sweep.runs.resize(4);
  const std::vector<std::string> lines = lines_of(render_text(make_result_table(sweep)));
  const auto header = std::find_if(lines.begin(), lines.end(),
                                   [](const std::string& l) { return l.starts_with("id "); });
  ASSERT_NE(header, lines.end());
  EXPECT_EQ(*header,
            "id            depth  seed  weak_loss             mdp_loss             dqn_loss   "
            "dqn_gain");
  EXPECT_EQ(*(header + 2),
            "00000000000b      4     2   0.250000  0.200000 ± 0.000010  0.180000 ± 0.000020  "
            "+0.020000")
      << "nothing is simulated of weak";
}

/// All losses times a factor.
StoredSweep scaled_sweep(double factor) {
  StoredSweep sweep = sample_sweep();
  for (StoredRun& run : sweep.runs)
    for (PolicyResult& policy : run.result.policies) {
      policy.loss *= factor;
      policy.loss_se *= factor;
    }
  return sweep;
}

TEST(ResultTable, TextHasSixDigitsOfTheLargestLossWhateverItsSize) {
  const auto has = [](double factor, const std::string& part) {
    const std::string text = render_text(make_result_table(scaled_sweep(factor)));
    return text.find(part) != std::string::npos ? "" : "no \"" + part + "\" in\n" + text;
  };
  EXPECT_EQ(has(1, " 0.180000 ± 0.000020  +0.020000"), "");
  EXPECT_EQ(has(0.01, " 0.00180000 ± 0.00000020  +0.00020000"), "");
  EXPECT_EQ(has(1e-5, " 1.80000e-06 ± 0.00020e-06  +0.20000e-06 "), "");
  EXPECT_EQ(has(100, " 18.0000 ± 0.0020   +2.0000"), "");
  EXPECT_EQ(has(1e8, " 18000000 ± 2000  +2000000"), "");
  EXPECT_EQ(has(1e-5, "mean gain +0.02500e-06 [+0.00000e-06, +0.05000e-06]"), "");
}

TEST(ResultTable, TextStartsWithTheStateOfTheSweep) {
  EXPECT_EQ(lines_of(render_text(make_result_table(sample_sweep()))).front(),
            "sample: 5 of 9 runs done, 1 failed");
  EXPECT_NE(render_text(make_result_table(sample_sweep()))
                .find("stopped at its largest number of sweeps in 1 run ("),
            std::string::npos);
}

TEST(ResultTable, TextOfASweepWithoutRunsIsItsHead) {
  StoredSweep sweep = sample_sweep();
  sweep.runs.clear();
  const std::string text = render_text(make_result_table(sweep));
  EXPECT_NE(text.find("sample: 0 of 9 runs done\n"), std::string::npos);
  EXPECT_EQ(text.find("weak_loss"), std::string::npos);
}

TEST(ResultTable, TextHasNoControlCharacters) {
  StoredSweep sweep = sample_sweep();
  sweep.name = "a\x1b[2Jb";
  sweep.runs[4].result.failure = "x\x1b[31my\n";
  const std::string text = render_text(make_result_table(sweep));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(ResultTable, CsvKeepsAllDigitsAndQuotes) {
  StoredSweep sweep = sample_sweep();
  sweep.runs[1].result.policies[2].loss = 0.1 + 0.2;
  sweep.runs[4].result.failure = "a \"quoted\", cause";
  const ResultTable table = make_result_table(sweep);
  const std::vector<std::string> lines = lines_of(render_csv(table.runs));
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0],
            "id,depth,seed,weak_loss,weak_loss_se,baseline_loss,baseline_loss_se,mdp_loss,mdp_loss_"
            "se,dqn_loss,dqn_loss_se,"
            "dqn_gain,status,failure");
  EXPECT_NE(lines[2].find(",0.30000000000000004,"), std::string::npos) << lines[2];
  EXPECT_TRUE(lines[5].ends_with(",failed,\"a \"\"quoted\"\", cause\"")) << lines[5];
  EXPECT_EQ(render_csv(ResultGrid{}), "");
}

TEST(ResultTable, JsonHoldsBothGrids) {
  const auto json = nlohmann::json::parse(render_json(make_result_table(sample_sweep())));
  EXPECT_EQ(json.at("name"), "sample");
  EXPECT_EQ(json.at("finished_runs"), 6);
  EXPECT_EQ(json.at("failed_runs"), 1);
  EXPECT_EQ(json.at("runs").size(), 6u);
  EXPECT_EQ(json.at("runs")[1].at("dqn_loss"), 0.18);
  EXPECT_TRUE(json.at("runs")[4].at("dqn_loss").is_null());
  EXPECT_TRUE(json.at("runs")[5].at("mdp_loss_se").is_null());  // NaN: one sequence
  EXPECT_EQ(json.at("summary")[0].at("seeds"), 3);
  EXPECT_EQ(json.at("experiment").at("points"), 2);
  EXPECT_EQ(json.at("experiment").at("dqn_improvement"), 0.5);
}

}  // namespace
}  // namespace edgesweep
