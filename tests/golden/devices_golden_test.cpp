// The simulations of EdgeML-MDP: one device with its statistics, and many behind a switch.
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

/// One golden case of a single device, simulated.
struct SingleDevice {
  explicit SingleDevice(const std::string& path) : golden(path) {
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

TEST(GoldenSingleDevice, CasesExist) {
  EXPECT_FALSE(testing::golden_cases("single_device").empty());
}

TEST(GoldenSingleDevice, MeanReward) {
  for (const std::string& path : testing::golden_cases("single_device")) {
    const SingleDevice device(path);
    double reward = 0;
    for (const SequenceOutcome& sequence : device.outcome.thresholds.at(0))
      reward += sequence.reward;
    EXPECT_NEAR(reward / device.images(), testing::golden_scalar(path + "/mean_gain"), 1e-12)
        << path;
  }
}

TEST(GoldenSingleDevice, OffloadsAndOccupancyByTokenState) {
  for (const std::string& path : testing::golden_cases("single_device")) {
    const SingleDevice device(path);
    expect_shares(device.statistics().offloads_by_units, device.images(), path + "/send_s");
    expect_shares(device.statistics().occupancy, device.images(), path + "/occup_s");
  }
}

/// Rows of send_m are in ascending metric, (offloads, draws); images of equal metric are
/// interchangeable, so their rows are added up.
TEST(GoldenSingleDevice, OffloadsByMetricRank) {
  for (const std::string& path : testing::golden_cases("single_device")) {
    const SingleDevice device(path);
    const std::vector<double> rows = testing::read_golden(path + "/send_m").values;
    const std::vector<double>& metric = device.golden.images.metric;
    std::map<double, std::pair<int64_t, int64_t>> actual, expected;
    for (size_t rank = 0; rank < metric.size(); ++rank) {
      actual[metric[rank]].first += device.statistics().offloads_by_rank[rank];
      actual[metric[rank]].second += device.outcome.statistics.draws_by_rank[rank];
      expected[metric[rank]].first += static_cast<int64_t>(rows.at(2 * rank));
      expected[metric[rank]].second += static_cast<int64_t>(rows.at(2 * rank + 1));
    }
    EXPECT_EQ(actual, expected) << path;
  }
}

/// One golden case of devices behind a switch.
struct MultiDevice {
  explicit MultiDevice(const std::string& path) : golden(path) {
    const FleetSwitch at_switch{static_cast<int32_t>(testing::golden_scalar(path + "/devices")),
                                testing::golden_bucket(path + "/qpm_switch")};
    const ReplayTable& table = *golden.source.index_replay;
    request.source = &golden.source;
    request.size = {table.sequences / at_switch.devices, table.images};
    request.policies = {make_rank_policy(golden.images,
                                         testing::golden_bucket(path + "/qpm_device"),
                                         testing::read_golden(path + "/policy").values)};
    request.switches = {at_switch};
  }
  double slots() const { return static_cast<double>(golden.source.index_replay->values.size()); }

  GoldenImages golden;
  FleetRequest request;
};

TEST(GoldenMultiDevice, CasesExist) { EXPECT_FALSE(testing::golden_cases("multi_device").empty()); }

TEST(GoldenMultiDevice, MeanReward) {
  for (const std::string& path : testing::golden_cases("multi_device")) {
    const MultiDevice devices(path);
    const auto expect_mean = [&](const FleetOutcome& outcome, const std::string& what) {
      double reward = 0;
      for (const FleetSums& sums : outcome.sums) reward += sums.reward;
      EXPECT_NEAR(reward / devices.slots(), testing::golden_scalar(path + "/mean_gain"), 1e-12)
          << path << ", " << what;
    };
    expect_mean(simulate_fleet_on_cpu(devices.request), "engine");
    expect_mean(reference_fleet(devices.request), "slot by slot");
  }
}

TEST(GoldenMultiDevice, OccupancyOfTheSwitch) {
  for (const std::string& path : testing::golden_cases("multi_device")) {
    const MultiDevice devices(path);
    expect_shares(switch_occupancy(devices.request, 0, devices.request.switches[0]),
                  devices.slots(), path + "/occupancy");
  }
}

}  // namespace
}  // namespace edgesweep
