// Every setting of a run reaches what it is about: a wrong one, or none, would go unnoticed in the
// losses of a single sweep.
#include <gtest/gtest.h>
#include <hdf5.h>

#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/problem/resolve.h"
#include "host/engine/run/run_outcome.h"
#include "host/engine/run/run_steps.h"
#include "host/error.h"
#include "host/policy/bounds.h"
#include "host/policy/gap_law.h"
#include "tests/support/dataset_files.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

/// Training gaps are all 1, test gaps all 3.
class PrepareWithReplayedGaps : public ::testing::Test {
 protected:
  PrepareWithReplayedGaps() {
    testing::write_hdf5_table(folder_.file("training.h5"), "gap", H5T_STD_I32LE, 4, 600,
                              std::vector<int64_t>(2400, 1));
    testing::write_hdf5_table(folder_.file("test.h5"), "gap", H5T_STD_I32LE, 4, 600,
                              std::vector<int64_t>(2400, 3));
    settings_ = testing::small_settings();
    settings_.arrivals.type = ArrivalSettings::Type::replay;
    settings_.arrivals.training_file = folder_.file("training.h5");
    settings_.arrivals.file = folder_.file("test.h5");
  }
  const testing::TemporaryFolder folder_;
  RunSettings settings_;
};

TEST_F(PrepareWithReplayedGaps, TauIsTheMeanOfTheTestGaps) {
  EXPECT_EQ(testing::prepared(settings_).mean_gap, 3);
}

TEST_F(PrepareWithReplayedGaps, TheBaselineOffloadsRateTimesTauOfTheTrainingImages) {
  const RunProblem problem = testing::prepared(settings_);
  const std::vector<double>& metric = problem.dataset->training.metric;
  const double kept = static_cast<double>(metric.size()) * (1 - 0.1 * 3);
  EXPECT_EQ(problem.baseline_threshold, metric[static_cast<size_t>(kept) - 1]);
}

TEST_F(PrepareWithReplayedGaps, TheTransitionMatrixComesFromTheTrainingGaps) {
  settings_.dqn.history_gaps = -1;
  const RunProblem problem = testing::prepared(settings_);
  const MdpSolution expected =
      solve_mdp(make_transition_matrix(problem.bucket, periodic_gaps()), problem.dataset->training,
                settings_.mdp.discount, settings_.mdp.stop);
  EXPECT_EQ(problem.mdp_threshold, expected.threshold);
  EXPECT_EQ(problem.training->gap_probability, std::vector<float>{1.0f});
}

TEST_F(PrepareWithReplayedGaps, ATableThatFitsTransposedIsAskedAbout) {
  settings_.test.sequences = 4;
  settings_.test.images = 600;
  const auto refusal = [&](uint64_t rows, uint64_t columns) {
    testing::write_hdf5_table(folder_.file("test.h5"), "gap", H5T_STD_I32LE, rows, columns,
                              std::vector<int64_t>(rows * columns, 3));
    try {
      InputCache inputs;
      check_run_inputs(settings_, inputs);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const std::string file = folder_.file("test.h5");
  EXPECT_EQ(refusal(600, 4), file +
                                 ": gap: found 600 sequences of 4 images; allowed: at least 4 x "
                                 "600, which `test` simulates; transposed? A row is a sequence "
                                 "(docs/files.md)");
  EXPECT_EQ(refusal(3, 600), file +
                                 ": gap: found 3 sequences of 600 images; allowed: at least 4 x "
                                 "600, which `test` simulates");
  EXPECT_EQ(refusal(4, 600), "accepted");
}

MdpSolution solution(const RunProblem& problem, double discount, MdpSettings::Stop stop) {
  return solve_mdp(make_transition_matrix(problem.bucket, periodic_gaps()),
                   problem.dataset->training, discount, stop);
}

TEST(Prepare, TheMdpHasItsDiscountAndItsStop) {
  RunSettings settings = testing::small_settings();
  for (const double discount : {0.5, 0.99})
    for (const auto stop : {MdpSettings::Stop::published, MdpSettings::Stop::converged}) {
      settings.mdp = {stop, discount};
      const RunProblem problem = testing::prepared(settings);
      const MdpSolution expected = solution(problem, discount, stop);
      EXPECT_EQ(problem.mdp_threshold, expected.threshold) << discount;
      EXPECT_EQ(problem.mdp_sweeps, expected.sweeps) << discount;
      EXPECT_TRUE(expected.converged);
      EXPECT_EQ(problem.mdp_converged, 1) << discount;
      EXPECT_EQ(described_result(problem).mdp_converged, 1) << discount;
    }
  const RunProblem problem = testing::prepared(settings);
  EXPECT_NE(solution(problem, 0.5, MdpSettings::Stop::published).threshold,
            solution(problem, 0.99, MdpSettings::Stop::published).threshold)
      << "the comparison above would see another discount";
  EXPECT_NE(solution(problem, 0.99, MdpSettings::Stop::published).sweeps,
            solution(problem, 0.99, MdpSettings::Stop::converged).sweeps)
      << "the comparison above would see another stop";
}

TEST(Prepare, AnMdpThatDidNotConvergeIsSaidToHaveNot) {
  const RunSettings settings = testing::small_settings();
  const RunProblem whole = testing::prepared(settings);
  InputCache inputs;
  inputs.mdp(
      {settings.dataset, settings.metric_scale, settings.rules, settings.training_deviation,
       whole.bucket.refill, whole.bucket.cost, whole.bucket.capacity, settings.mdp.discount,
       settings.mdp.stop, make_transition_matrix(whole.bucket, periodic_gaps()).gap_probability},
      [&] {
        MdpSolution stopped = solution(whole, settings.mdp.discount, settings.mdp.stop);
        stopped.converged = false;
        return stopped;
      });
  const RunProblem problem = resolve_run("id", settings, inputs);
  EXPECT_EQ(problem.mdp_converged, 0);
  EXPECT_EQ(described_result(problem).mdp_converged, 0);
  RunSettings without = settings;
  without.policies = {Policy::baseline};
  EXPECT_EQ(described_result(testing::prepared(without)).mdp_converged, -1);
}

TEST(Prepare, TheNetworkHasItsDiscount) {
  RunSettings settings = testing::small_settings();
  settings.dqn.discount = 0.25;
  EXPECT_EQ(testing::prepared(settings).training->dqn.discount, 0.25);
}

TEST(Prepare, TheBoundIsOfTestImagesAtTheThresholdOfTrainingImages) {
  RunSettings settings = testing::small_settings();
  settings.policies = {Policy::lower_bound};
  const RunProblem problem = testing::prepared(settings);
  double reward = 0;
  int64_t offloaded = 0;
  const ImageSet& test = problem.dataset->test;
  for (size_t i = 0; i < test.metric.size(); ++i) {
    if (!(test.metric[i] > problem.baseline_threshold)) continue;
    reward += test.reward[i];
    ++offloaded;
  }
  const double images = static_cast<double>(test.size());
  RunResult result;
  SimulationOutcome outcome;
  take_simulation(problem, test_request(problem, nullptr), outcome, result);
  EXPECT_EQ(result.policies.at(0).loss, test.mean_weak_cost - reward / images);
  EXPECT_EQ(result.policies.at(0).offload_rate, static_cast<double>(offloaded) / images);
}

TEST(Evaluations, AreAtZeroAtEveryMultipleAndAtTheEndWithTheRatesAroundThem) {
  RunSettings settings = testing::small_settings();  // 3 iterations at 1e-3, then 2 at 1e-4
  settings.dqn.evaluate_every = 2;
  const RunProblem problem = testing::prepared(settings);
  TrainingState state = initial_state(*problem.training);
  for (const int64_t iteration : {0, 2, 4, 5}) {
    state.iteration = iteration;
    record_evaluation(*problem.training, {0.5, 0.5}, state);
  }
  std::vector<double> rates;
  for (const CurvePoint& point : state.curve) rates.push_back(point.learning_rate);
  EXPECT_EQ(rates, (std::vector<double>{1e-3, 1e-3, 1e-4, 1e-4}));
}

}  // namespace
}  // namespace edgesweep
