// What the rules of EdgeML-MDP change: docs/model.md#rules-of-edgeml-mdp; and training_deviation,
// docs/model.md#dataset.
#include <gtest/gtest.h>

#include "host/engine/run/run_outcome.h"
#include "host/policy/bounds.h"
#include "host/policy/mdp.h"
#include "host/policy/token_bucket.h"
#include "tests/reference/reference_mdp.h"
#include "tests/support/golden_dataset.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

ImageSet images_of(const std::vector<double>& metric) {
  return testing::make_images(metric, std::vector<double>(metric.size(), 1.0));
}

/// numpy.percentile([1, 2, 4, 8, 16], (1 - rate) * 100).
TEST(EdgemlMdpRules, TheThresholdIsAnInterpolatedQuantile) {
  const ImageSet training = images_of({1, 2, 4, 8, 16});
  EXPECT_DOUBLE_EQ(quantile_threshold(training, 0.25, 1), 8);
  EXPECT_DOUBLE_EQ(quantile_threshold(training, 0.1, 1), 12.8);
  EXPECT_DOUBLE_EQ(quantile_threshold(training, 0.3, 1), 7.2);
  EXPECT_DOUBLE_EQ(quantile_threshold(training, 0.5, 3), 1) << "more tokens than images";
  EXPECT_DOUBLE_EQ(quantile_threshold(images_of({3}), 0.3, 1), 3);
}

TEST(EdgemlMdpRules, TheBoundOffloadsAnImageAtTheThreshold) {
  const ImageSet test = images_of({1, 2, 2, 3});
  EXPECT_EQ(lower_bound(test, 2).offload_rate, 0.25);
  EXPECT_EQ(inclusive_lower_bound(test, 2).offload_rate, 0.75);
  EXPECT_EQ(inclusive_lower_bound(test, 2).mean_reward, 0.75);
}

/// Metrics far from zero in a narrow range: the largest |metric| allows larger moves than the
/// range.
TEST(EdgemlMdpRules, ValueIterationStopsByTheLargestMetric) {
  const std::shared_ptr<const Dataset> dataset =
      testing::prepared(testing::small_settings()).dataset;
  ImageSet training = dataset->training;
  const TransitionMatrix transition =
      make_transition_matrix(*make_token_bucket(0.1, 4), periodic_gaps());
  const auto sweeps = [&](MdpSettings::Stop stop) {
    const int64_t count = solve_mdp(transition, training, 0.9999, stop).sweeps;
    EXPECT_EQ(count, solve_mdp_plain(transition, training, 0.9999, stop).sweeps);
    return count;
  };
  // Fewer images, so that the plain scan over them is quick.
  const auto shorten = [](auto& values) { values.erase(values.begin() + 400, values.end()); };
  shorten(training.metric);
  shorten(training.reward);
  shorten(training.metric_single);
  const int64_t by_range = sweeps(MdpSettings::Stop::published);
  for (double& metric : training.metric) metric += 1e9;
  EXPECT_EQ(sweeps(MdpSettings::Stop::published), by_range) << "the range is what it was";
  EXPECT_EQ(sweeps(MdpSettings::Stop::published_mdp), 2) << "no move counts beside a billion";
}

TEST(EdgemlMdpRules, MetricsAreThoseOfTheFile) {
  RunSettings settings = testing::small_settings();
  settings.policies = {Policy::baseline};
  const RunProblem normalised = testing::prepared(settings);
  settings.rules = Rules::edgeml_mdp;
  const RunProblem raw = testing::prepared(settings);
  EXPECT_EQ(raw.dataset->training.metric, normalised.dataset->training.raw_metric);
  EXPECT_EQ(raw.dataset->test.metric, normalised.dataset->test.raw_metric);
  EXPECT_EQ(raw.dataset->test.metric_single[5],
            static_cast<float>(normalised.dataset->test.raw_metric[5]));
  EXPECT_EQ(raw.baseline_threshold, quantile_threshold(raw.dataset->training, settings.rate, 1));
}

/// In single precision the threshold would meet the image below it too.
TEST(EdgemlMdpRules, ThresholdsPartImagesAsInDouble) {
  RunSettings settings = testing::small_settings();
  settings.policies = {Policy::baseline};
  settings.rules = Rules::edgeml_mdp;
  RunProblem problem = testing::prepared(settings);
  auto dataset = std::make_shared<Dataset>(*problem.dataset);
  dataset->test = images_of({0.1, 0.5, 0.5 + 1e-7, 0.9});
  problem.dataset = dataset;
  problem.baseline_threshold = 0.5 + 1e-9;  // rounds to 0.5
  const float threshold = test_request(problem, nullptr).thresholds[0].threshold[0];
  EXPECT_GT(threshold, 0.5f);
  EXPECT_LE(threshold, static_cast<float>(0.5 + 1e-7));
}

TEST(TrainingDeviation, DropsImagesOfLowestOrHighestMetric) {
  const Dataset dataset = make_dataset({5, 1, 2, 3, 4, 6, 7}, {1, 1, 0, 0, 1, 1, 1},
                                       {0, 0, 0, 0, 0, 0, 0}, {1, 2}, {0, 1}, {0, 0});
  const auto left = [&](double percent) {
    return with_deviation(dataset, percent).training.raw_metric;
  };
  EXPECT_EQ(left(0), (std::vector<double>{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(left(50), (std::vector<double>{4, 5, 6, 7})) << "3.5 images: 3 are dropped";
  EXPECT_EQ(left(-50), (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(left(-10), (std::vector<double>{1, 2, 3, 4, 5, 6, 7})) << "0.7 images: none";
  const ImageSet images = with_deviation(dataset, 50).training;
  EXPECT_EQ(images.metric.front(), dataset.training.metric[3]) << "normalised as before";
  EXPECT_EQ(images.reward, (std::vector<double>{1, 1, 1, 1}));
  EXPECT_EQ(images.mean_weak_cost, 1);
  EXPECT_EQ(with_deviation(dataset, 50).test.raw_metric, dataset.test.raw_metric);
}

TEST(TrainingDeviation, ChangesThePolicyAndNotTheTest) {
  RunSettings settings = testing::small_settings();
  settings.policies = {Policy::mdp};
  const RunProblem whole = testing::prepared(settings);
  settings.training_deviation = 50;
  const RunProblem deviating = testing::prepared(settings);
  EXPECT_GT(deviating.mdp_threshold.back(), whole.mdp_threshold.back());
  EXPECT_EQ(deviating.test.metric_law.images, whole.test.metric_law.images);
}

}  // namespace
}  // namespace edgesweep
