// The simulations of EdgeML-MDP: one camera with its statistics, and many behind a switch.
// docs/model.md#fleets and docs/model-exactness.md#counts-and-traces.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "host/engine/cpu/cpu_simulator.h"
#include "tests/reference/reference_fleet.h"
#include "tests/support/golden.h"
#include "tests/support/golden_dataset.h"
#include "tests/support/golden_engine.h"

namespace edgesweep {
namespace {

/// Sorted images of a golden group, and its image numbers (steps x columns) as ranks of replayed
/// sequences (columns x steps).
struct GoldenImages {
  explicit GoldenImages(const std::string& path)
      : metric(testing::read_golden(path + "/metric").values),
        images(testing::make_images(metric, testing::read_golden(path + "/reward").values)) {
    std::vector<size_t> order(metric.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return metric[a] < metric[b]; });
    std::vector<int32_t> rank(metric.size());
    for (size_t i = 0; i < order.size(); ++i) rank[order[i]] = static_cast<int32_t>(i);

    const testing::GoldenArray drawn = testing::read_golden(path + "/image_index");
    auto table = std::make_shared<ReplayTable>();
    table->images = static_cast<int64_t>(drawn.shape.at(0));
    table->sequences = static_cast<int64_t>(drawn.shape.at(1));
    for (size_t column = 0; column < drawn.shape[1]; ++column)
      for (size_t step = 0; step < drawn.shape[0]; ++step)
        table->values.push_back(
            rank[static_cast<size_t>(drawn.values[step * drawn.shape[1] + column])]);
    source.images = &images;
    source.arrivals = make_arrival_law(periodic_chain());
    source.index_replay = table;
  }
  GoldenImages(const GoldenImages&) = delete;
  GoldenImages& operator=(const GoldenImages&) = delete;

  std::vector<double> metric;  ///< as in the file
  ImageSet images;
  SequenceSource source;
};

/// Counts as shares of all images.
void expect_shares(const std::vector<int64_t>& counts, double images, const std::string& dataset) {
  const std::vector<double> expected = testing::read_golden(dataset).values;
  ASSERT_EQ(counts.size(), expected.size()) << dataset;
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_DOUBLE_EQ(static_cast<double>(counts[i]) / images, expected[i]) << dataset << " " << i;
}

/// One golden case of a single camera, simulated.
struct SingleCamera {
  explicit SingleCamera(const std::string& path) : golden(path) {
    request.source = &golden.source;
    request.size = {golden.source.index_replay->sequences, golden.source.index_replay->images};
    request.bucket = testing::golden_bucket(path + "/qpm");
    request.thresholds = {{Policy::mdp, testing::golden_single(path + "/policy")}};
    request.statistics = true;
    outcome = simulate_on_cpu(request);
  }
  double images() const {
    return static_cast<double>(request.size.sequences * request.size.images);
  }
  const PolicyStatistics& statistics() const { return outcome.statistics.policies.at(0); }

  GoldenImages golden;
  SimulationRequest request;
  SimulationOutcome outcome;
};

TEST(GoldenSingleCamera, CasesExist) {
  EXPECT_FALSE(testing::golden_cases("single_device").empty());
}

TEST(GoldenSingleCamera, MeanReward) {
  for (const std::string& path : testing::golden_cases("single_device")) {
    const SingleCamera camera(path);
    double reward = 0;
    for (const SequenceOutcome& sequence : camera.outcome.thresholds.at(0))
      reward += sequence.reward;
    EXPECT_NEAR(reward / camera.images(), testing::golden_scalar(path + "/mean_gain"), 1e-12)
        << path;
  }
}

TEST(GoldenSingleCamera, OffloadsAndOccupancyByTokenState) {
  for (const std::string& path : testing::golden_cases("single_device")) {
    const SingleCamera camera(path);
    expect_shares(camera.statistics().offloads_by_units, camera.images(), path + "/send_s");
    expect_shares(camera.statistics().occupancy, camera.images(), path + "/occup_s");
  }
}

/// Rows of send_m are in ascending metric, (offloads, draws); images of equal metric are
/// interchangeable, so their rows are added up.
TEST(GoldenSingleCamera, OffloadsByMetricRank) {
  for (const std::string& path : testing::golden_cases("single_device")) {
    const SingleCamera camera(path);
    const std::vector<double> rows = testing::read_golden(path + "/send_m").values;
    const std::vector<double>& metric = camera.golden.images.metric;
    std::map<double, std::pair<int64_t, int64_t>> actual, expected;
    for (size_t rank = 0; rank < metric.size(); ++rank) {
      actual[metric[rank]].first += camera.statistics().offloads_by_rank[rank];
      actual[metric[rank]].second += camera.outcome.statistics.draws_by_rank[rank];
      expected[metric[rank]].first += static_cast<int64_t>(rows.at(2 * rank));
      expected[metric[rank]].second += static_cast<int64_t>(rows.at(2 * rank + 1));
    }
    EXPECT_EQ(actual, expected) << path;
  }
}

/// One golden case of cameras behind a switch.
struct ManyCameras {
  explicit ManyCameras(const std::string& path) : golden(path) {
    const FleetSwitch at_switch{static_cast<int32_t>(testing::golden_scalar(path + "/devices")),
                                testing::golden_bucket(path + "/qpm_switch")};
    const ReplayTable& table = *golden.source.index_replay;
    request.source = &golden.source;
    request.size = {table.sequences / at_switch.cameras, table.images};
    request.policies = {make_rank_policy(golden.images,
                                         testing::golden_bucket(path + "/qpm_device"),
                                         testing::read_golden(path + "/policy").values)};
    request.switches = {at_switch};
  }
  double slots() const { return static_cast<double>(golden.source.index_replay->values.size()); }

  GoldenImages golden;
  FleetRequest request;
};

TEST(GoldenManyCameras, CasesExist) { EXPECT_FALSE(testing::golden_cases("multi_device").empty()); }

TEST(GoldenManyCameras, MeanReward) {
  for (const std::string& path : testing::golden_cases("multi_device")) {
    const ManyCameras cameras(path);
    const auto expect_mean = [&](const FleetOutcome& outcome, const std::string& what) {
      double reward = 0;
      for (const FleetSums& sums : outcome.sums) reward += sums.reward;
      EXPECT_NEAR(reward / cameras.slots(), testing::golden_scalar(path + "/mean_gain"), 1e-12)
          << path << ", " << what;
    };
    expect_mean(simulate_fleet_on_cpu(cameras.request), "engine");
    expect_mean(reference_fleet(cameras.request), "slot by slot");
  }
}

TEST(GoldenManyCameras, OccupancyOfTheSwitch) {
  for (const std::string& path : testing::golden_cases("multi_device")) {
    const ManyCameras cameras(path);
    expect_shares(switch_occupancy(cameras.request, 0, cameras.request.switches[0]),
                  cameras.slots(), path + "/occupancy");
  }
}

}  // namespace
}  // namespace edgesweep
