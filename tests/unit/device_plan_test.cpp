// The planner of GPUs: pure arithmetic on shapes and limits.
#include "host/engine/plan/device_plan.h"

#include <gtest/gtest.h>

#include "host/engine/plan/device_time.h"
#include "host/error.h"

namespace edgesweep {
namespace {

/// The paper's network and batches with so many outputs, about.
NetworkDemand demand(double capacity, int width = 64, int batch = 128) {
  NetworkDemand demand;
  demand.dqn.history_metrics = 95;
  demand.dqn.layers = 5;
  demand.dqn.width = width;
  demand.dqn.batch = batch;
  demand.dqn.mini_batches = 128;
  demand.dqn.schedule = {{100, 1e-3}};
  demand.bucket = {1, 10, static_cast<int32_t>(capacity)};
  demand.shape = make_network_shape(demand.dqn, demand.bucket);
  return demand;
}

TrainingPlan plan_of(const NetworkDemand& network, const char* device) {
  return plan_training({&network}, known_device(device));
}

TEST(DevicePlan, ThePaperNetworkTrainsInTheSharedMemoryOfAnH100) {
  const TrainingPlan plan = plan_of(demand(50), "h100");
  EXPECT_EQ(plan.training.hidden_buffers, 6);
  EXPECT_EQ(plan.training.shared_buffers, 6) << "five hidden layers and a gradient";
  EXPECT_TRUE(plan.training.output_in_shared) << "the panel of outputs";
  EXPECT_TRUE(plan.training.all_shared);
  EXPECT_EQ(plan.targets.shared_buffers, 2);
  EXPECT_TRUE(plan.targets.output_in_shared);
}

TEST(DevicePlan, ATrainingOutsideSharedMemoryIsNamed) {
  EXPECT_FALSE(plan_of(demand(50), "rtx4090").training.all_shared) << "buffers are in scratch";
  // Inputs go where hidden buffers but the first and the last two are.
  NetworkDemand many = demand(50, 12);
  many.shape.sizes[0] = 3 * 12;
  EXPECT_TRUE(plan_of(many, "h100").training.all_shared);
  many.shape.sizes[0] = 3 * 12 + 1;
  EXPECT_FALSE(plan_of(many, "h100").training.all_shared);
}

TEST(DevicePlan, NeverAsksForMoreThanABlockMayHave) {
  for (const std::string& device : known_devices())
    for (const int width : {1, 12, 64, 128, 500, 4096})
      for (const int batch : {1, 6, 128, 1000}) {
        const TrainingPlan plan = plan_of(demand(400, width, batch), device.c_str());
        const DeviceLimits limits = known_device(device);
        EXPECT_LE(plan.training.shared_bytes() + kTrainingStaticShared, limits.shared_per_block)
            << device << width;
        EXPECT_LE(plan.targets.shared_bytes(), limits.shared_per_block) << device << width;
        const SimulationPlan simulation = plan_simulation(width, 65535, limits);
        EXPECT_LE(simulation.layout.shared_bytes() + kSimulationStaticShared,
                  limits.shared_per_block)
            << device << width;
        const BufferLayout fleets = plan_learned_fleets(width, limits).layout;
        EXPECT_LE(fleets.shared_bytes() + kFleetStaticShared, limits.shared_per_block)
            << device << width;
      }
}

TEST(DevicePlan, FleetsAreSpreadOverTheBlocksAsFarAsABlockHoldsThem) {
  EXPECT_EQ(fleets_per_block(1, 8, 132), 1);
  EXPECT_EQ(fleets_per_block(132, 8, 132), 1);
  EXPECT_EQ(fleets_per_block(133, 8, 132), 2);
  EXPECT_EQ(fleets_per_block(1'000'000, 8, 132), 16) << "128 cameras";
  EXPECT_EQ(fleets_per_block(1'000'000, 43, 132), 2);
  EXPECT_EQ(fleets_per_block(1'000'000, 64, 132), 2);
}

TEST(DevicePlan, FleetsTrainApartFromCamerasAloneAndTakeTheMemoryOfTheirSlots) {
  const NetworkDemand alone = demand(50);
  NetworkDemand fleet = alone;
  fleet.fleet = FleetDemand{8, {256, 8, 64}, 41};
  const DeviceLimits limits = known_device("h100");
  EXPECT_EQ(plan_cohorts({alone, fleet, alone, fleet}, limits, limits.memory),
            (std::vector<std::vector<size_t>>{{0, 2}, {1, 3}}));
  // 16,384 samples are 256 fleets of 8 steps; wishes, rewards and units of 72 steps are recorded.
  const TrainingPlan plan = plan_training({&alone}, limits);
  const int64_t slots = 256 * 8 * 72;
  const int64_t more = network_bytes(fleet, plan) - network_bytes(alone, plan);
  EXPECT_GE(more, 9 * slots);
  EXPECT_LE(more, 9 * slots + 256 * 8 * 60 + 256 * 32 + 41 * 4);
  EXPECT_EQ(floating_point_work(fleet) - floating_point_work(alone),
            16384 * 40.0 * alone.shape.forward_work())
      << "328 steps for 8 that are trained on";
}

TEST(DevicePlan, BuffersDoNotOverlapAndFillWhatWasCounted) {
  BufferLayout layout;
  layout.stride = 12;
  layout.rows = 5;
  layout.hidden_buffers = 4;
  layout.output_rows = 7;
  std::vector<float> memory(1000);
  float* const shared = memory.data();
  float* const scratch = memory.data() + 500;
  for (layout.shared_buffers = 0; layout.shared_buffers <= 4; ++layout.shared_buffers)
    for (const bool output_in_shared : {false, true}) {
      layout.output_in_shared = output_in_shared;
      int64_t in_shared = 0;
      int64_t in_scratch = 0;
      const auto take = [&](const float* begin, int64_t floats) {
        int64_t& used = begin < scratch ? in_shared : in_scratch;
        EXPECT_EQ(begin, (begin < scratch ? shared : scratch) + used);
        used += floats;
      };
      for (int i = 0; i < 4; ++i) take(layout.hidden(shared, scratch, i), 60);
      take(layout.output(shared, scratch), 84);
      EXPECT_EQ(in_shared, layout.shared_floats());
      EXPECT_EQ(in_scratch, layout.scratch_floats());
    }
}

TEST(DevicePlan, CohortsHoldAlikeNetworksInOrderAndFitIntoMemory) {
  const DeviceLimits limits = known_device("h100");
  std::vector<NetworkDemand> networks;
  for (int i = 0; i < 30; ++i) networks.push_back(demand(400 - i, i % 3 == 0 ? 32 : 64));
  const TrainingPlan plan = plan_of(networks[1], "h100");
  const int64_t memory = 5 * network_bytes(networks[0], plan) + shared_scratch_bytes(plan);
  const std::vector<std::vector<size_t>> cohorts = plan_cohorts(networks, limits, memory);
  std::vector<int> seen(networks.size());
  for (const std::vector<size_t>& cohort : cohorts) {
    int64_t bytes = 0;
    std::vector<const NetworkDemand*> members;
    for (size_t i = 0; i < cohort.size(); ++i) {
      ++seen[cohort[i]];
      members.push_back(&networks[cohort[i]]);
      EXPECT_EQ(networks[cohort[i]].dqn.width, networks[cohort[0]].dqn.width);
      if (i > 0) {
        EXPECT_GT(cohort[i], cohort[i - 1]) << "longest first, as given";
      }
    }
    const TrainingPlan together = plan_training(members, limits);
    for (const NetworkDemand* network : members) bytes += network_bytes(*network, together);
    EXPECT_LE(bytes + shared_scratch_bytes(together), memory);
  }
  EXPECT_EQ(seen, std::vector<int>(networks.size(), 1));
  EXPECT_GE(cohorts.size(), 5u);
  EXPECT_EQ(plan_cohorts(networks, limits, limits.memory).size(), 2u) << "one per width";
}

TEST(DevicePlan, TooLittleMemoryForOneNetworkSaysHowMuchItTakes) {
  try {
    plan_cohorts({demand(400)}, known_device("rtx4090"), 1000000);
    FAIL() << "expected an error";
  } catch (const SystemError& error) {
    EXPECT_NE(std::string(error.what()).find("791 outputs takes"), std::string::npos)
        << error.what();
  }
}

TEST(DevicePlan, DealsTheLongestJobsFirstToTheLeastLoadedDevice) {
  const std::vector<std::vector<size_t>> dealt = deal_jobs({1, 5, 2, 4, 3}, {1, 1});
  EXPECT_EQ(dealt, (std::vector<std::vector<size_t>>{{1, 2, 0}, {3, 4}}));
  EXPECT_EQ(deal_jobs({1, 1, 1}, {1}).front().size(), 3u);
}

TEST(DevicePlan, DealsByTheSpeedOfUnequalDevices) {
  using Dealt = std::vector<std::vector<size_t>>;
  const std::vector<std::vector<size_t>> dealt = deal_jobs(std::vector<double>(40, 2.5), {3, 1});
  EXPECT_EQ(dealt[0].size(), 30u);
  EXPECT_EQ(dealt[1].size(), 10u);
  EXPECT_EQ(deal_jobs({7, 1}, {1, 8}), (Dealt{{1}, {0}})) << "the fast device has the long job";
  EXPECT_EQ(deal_jobs({7}, {1, 100}), (Dealt{{}, {0}})) << "a slow device may rest";
}

TEST(DevicePlan, GivesNoDeviceAJobThatItMayNotHave) {
  using Dealt = std::vector<std::vector<size_t>>;
  const auto allowed = [](size_t job, size_t device) { return job != 1 && (job + device) % 2; };
  EXPECT_EQ(deal_jobs({5, 4, 3, 2}, {1, 9}, allowed), (Dealt{{3}, {0, 2}}));
}

TEST(DevicePlan, TheLeastSharedMemoryHoldsWhatEveryKernelAsksFor) {
  const BufferLayout nothing;
  EXPECT_LE(nothing.shared_bytes() + std::max(kTrainingStaticShared, kSimulationStaticShared),
            kLeastSharedPerBlock);
}

TEST(DeviceLimitsSpeed, IsMultiprocessorsTimesLanesTimesClock) {
  EXPECT_DOUBLE_EQ(known_device("h100").speed(), 132 * 128 * 1.98e9);
  EXPECT_DOUBLE_EQ(known_device("t4").speed(), 40 * 64 * 1.59e9);
  DeviceLimits untold = known_device("v100");
  untold.clock_hertz = 0;
  EXPECT_GT(untold.speed(), 0) << "jobs can be dealt all the same";
  EXPECT_EQ(single_precision_lanes(7, 5), 64);
  EXPECT_EQ(single_precision_lanes(8, 0), 64);
  EXPECT_EQ(single_precision_lanes(8, 6), 128);
  EXPECT_EQ(single_precision_lanes(9, 0), 128);
  EXPECT_EQ(single_precision_lanes(12, 1), 128);
}

TEST(DeviceTime, ANetworkNeedsAMultiprocessorForItself) {
  const DeviceLimits limits = known_device("h100");
  const NetworkDemand one = demand(50);
  const double alone = expected_time({&one}, 0, limits).training;
  EXPECT_DOUBLE_EQ(expected_time(std::vector(132, &one), 0, limits).training, alone);
  EXPECT_NEAR(expected_time(std::vector(133, &one), 0, limits).training, 2 * alone, 1e-9);
  // 128 steps of 128 windows on one of 132 multiprocessors, at half the peak.
  const double rate = 2.0 * 128 * 1.98e9 * kAssumedShare;
  EXPECT_NEAR(alone, 100 * 16384 * one.shape.training_work() / rate, 1e-9);
}

TEST(DeviceLimitsNames, AnUnknownDeviceIsNamedWithTheNearest) {
  EXPECT_THROW(known_device("h10"), InputError);
  EXPECT_EQ(known_devices_text(), "h100, a100, rtx4090, v100, t4");
}

}  // namespace
}  // namespace edgesweep
