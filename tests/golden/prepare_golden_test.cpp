// Calibration, entropy, costs and metric fit against the reference's utils.py and policy.py,
// docs/model-datasets.md#metric-fit and the sections before it.
#include <gtest/gtest.h>

#include <cmath>

#include "host/data/calibration.h"
#include "host/data/classifier_pair.h"
#include "host/data/metric_fit.h"
#include "tests/reference/reference_metric_fit.h"
#include "tests/support/classifier_files.h"
#include "tests/support/golden.h"
#include "tests/support/plain_softmax.h"

namespace edgesweep {
namespace {

using testing::golden_scalar;
using testing::read_golden;

/// Every sum here has at most 1000 terms of order 1.
constexpr double kPreparedTolerance = 1e-12;

class GoldenPrepare : public ::testing::Test {
 protected:
  GoldenPrepare() {
    const testing::GoldenArray array = read_golden("prepare/logits");
    classes_ = static_cast<int64_t>(array.shape.at(1));
    logits_ = array.values;
    for (const double value : read_golden("prepare/label").values)
      label_.push_back(static_cast<int32_t>(value));
  }
  int64_t images() const { return static_cast<int64_t>(label_.size()); }
  LogitsInMemory source() const { return {images(), classes_, logits_}; }

  static void expect_near(const std::vector<double>& found, const std::string& golden) {
    const std::vector<double> expected = read_golden("prepare/" + golden).values;
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], kPreparedTolerance) << golden << " at " << i;
  }

  int64_t classes_ = 0;
  std::vector<double> logits_;
  std::vector<int32_t> label_;
};

TEST_F(GoldenPrepare, InverseTemperatureIsAsGoodAsTheReferences) {
  LogitsInMemory logits = source();
  const LogitSummary summary = summarise_logits("golden", "logits", logits, label_);
  const std::vector<bool> all(label_.size(), true);
  const Calibration found = calibrate(logits, summary.margin, all);
  const auto cross_entropy = [&](double inverse_temperature) {
    return testing::plain_cross_entropy(logits_, classes_, label_, inverse_temperature);
  };
  const double golden = cross_entropy(golden_scalar("prepare/tinv"));
  EXPECT_LT(std::abs(cross_entropy(found.inverse_temperature) - golden), 1e-6);
  EXPECT_NEAR(found.cross_entropy, cross_entropy(found.inverse_temperature), kPreparedTolerance);
  // The minimum is flat: the reference's single precision finds it no better than this.
  EXPECT_NEAR(found.inverse_temperature, golden_scalar("prepare/tinv"), 1e-3);
}

TEST_F(GoldenPrepare, EntropyOfTheCalibratedSoftmax) {
  LogitsInMemory logits = source();
  expect_near(softmax_entropies(logits, golden_scalar("prepare/tinv")), "entropy");
}

TEST_F(GoldenPrepare, RanksFromLogits) {
  LogitsInMemory logits = source();
  EXPECT_EQ(summarise_logits("golden", "logits", logits, label_).rank,
            read_golden("prepare/weak_rank").values);
}

TEST_F(GoldenPrepare, CostsFromRanks) {
  const testing::TemporaryFolder folder;
  testing::PairArrays arrays;
  arrays.matrices = {{"weak_logits", {logits_, static_cast<uint64_t>(classes_)}}};
  for (const char* name : {"label", "weak_rank", "strong_rank"})
    arrays.vectors.emplace_back(name, read_golden(std::string("prepare/") + name).values);
  testing::write_pair_npz(folder.file("pair.npz"), arrays);
  const std::vector<PairCosts> costs =
      read_classifier_pair(folder.file("pair.npz"), {Cost::top1, Cost::top5, Cost::rank10}).costs;
  ASSERT_EQ(costs.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    SCOPED_TRACE(cost_name(costs[i].cost));
    EXPECT_EQ(costs[i].weak, read_golden("prepare/wcost" + std::to_string(i)).values);
    EXPECT_EQ(costs[i].strong, read_golden("prepare/scost" + std::to_string(i)).values);
  }
}

TEST_F(GoldenPrepare, MetricFitToTop1Rewards) {
  const std::vector<double> entropy = read_golden("prepare/entropy").values;
  std::vector<double> reward = read_golden("prepare/wcost0").values;
  const std::vector<double> strong = read_golden("prepare/scost0").values;
  for (size_t i = 0; i < reward.size(); ++i) reward[i] -= strong[i];
  for (const auto fit : {fit_metric, fit_metric_plain}) {
    const MetricFit found = fit(entropy, reward);
    expect_near(found.entropy, "fit_x");
    expect_near(found.reward, "fit_y");
    std::vector<double> metric;
    for (const double at : entropy) metric.push_back(found.metric(at));
    expect_near(metric, "metric");
  }
}

}  // namespace
}  // namespace edgesweep
