// Device memory: as much as planned, and given back whatever fails.
#include <gtest/gtest.h>

#include "emulated/control.h"
#include "host/engine/backends.h"
#include "host/engine/cuda/device_trainer.h"
#include "host/engine/cuda/learned_fleets.h"
#include "host/engine/run/fallback_backend.h"
#include "host/engine/run/observers.h"
#include "tests/reference/reference_learned_fleet.h"
#include "tests/support/learned_fleets.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

class CountingObserver : public SilentObserver {
 public:
  void on_finished(size_t, RunResult) override { ++finished; }
  int finished = 0;
};

void expect_nothing_left(const std::string& what) {
  EXPECT_EQ(cuda_emulation::live_allocations(), 0u)
      << what << cuda_emulation::describe_live_allocations();
  EXPECT_EQ(cuda_emulation::live_handles(), 0u) << what;
}

TEST(EmulatedMemory, EveryAllocationThatFailsIsAClearErrorAndLeavesNothing) {
  std::vector<RunSettings> all(2, testing::small_settings());
  all[1].math = Math::fast;
  all.push_back(testing::learned_fleet_settings(2));
  all[2].dqn.evaluate_every = 0;
  all[2].test = {2, 50};
  int failures = 0;
  for (RunSettings& settings : all)
    for (int nth = 1; nth < 90; nth += 4) {
      settings.dqn.schedule = {{1, 1e-3}};
      cuda_emulation::reset();
      cuda_emulation::settings().print_failures = false;
      cuda_emulation::fail_allocation(0, nth);
      InputCache inputs;
      CountingObserver observer;
      try {
        make_cuda_backend()->execute({{0, "test", settings, std::nullopt}}, inputs, observer);
        EXPECT_EQ(observer.finished, 1);
      } catch (const DeviceError& error) {
        ++failures;
        EXPECT_TRUE(error.out_of_memory()) << error.what();
        EXPECT_EQ(observer.finished, 0);
      }
      expect_nothing_left("allocation " + std::to_string(nth));
    }
  EXPECT_GT(failures, 25);
}

TEST(EmulatedMemory, ANetworkTakesWhatWasPlanned) {
  RunSettings settings = testing::small_settings();
  settings.dqn.batch = 50;
  settings.dqn.history_gaps = 3;
  settings.dqn.width = 40;
  cuda_emulation::reset();
  const RunProblem problem = testing::prepared(settings);
  DeviceLimits limits = known_device("h100");
  limits.shared_per_block = 40 * 1024;  // some buffers in scratch
  DeviceContext context(0);
  context.upload(problem.training->windows);
  const NetworkDemand demand = demand_of(*problem.training);
  const TrainingPlan plan = plan_training({&demand}, limits);
  EXPECT_GT(plan.training.scratch_floats(), 0);
  const size_t before = cuda_emulation::counters().bytes_in_use;
  const DeviceTrainer trainer(*problem.training, initial_state(*problem.training), plan, context);
  const double taken = static_cast<double>(cuda_emulation::counters().bytes_in_use - before);
  const double planned = static_cast<double>(network_bytes(demand, plan));
  // Each of some fifteen arrays is rounded up to 256 bytes.
  EXPECT_GE(taken, 0.99 * planned);
  EXPECT_LE(taken, planned + 16 * 256);
}

TEST(EmulatedMemory, ANetworkOfAFleetTakesWhatWasPlanned) {
  cuda_emulation::reset();
  const RunSettings settings = testing::learned_fleet_settings(5);
  const RunProblem problem = testing::prepared_fleet(settings);
  DeviceLimits limits = known_device("h100");
  limits.shared_per_block = 33 * 1024;  // no buffer in shared memory
  DeviceContext context(0);
  context.upload(problem.training->windows);
  const NetworkDemand demand = demand_of(*problem.training);
  const NetworkDemand before_search = demand_of(settings);
  const TrainingPlan plan = plan_training({&demand}, limits);
  const size_t before = cuda_emulation::counters().bytes_in_use;
  const DeviceTrainer trainer(*problem.training, initial_state(*problem.training), plan, context);
  const double taken = static_cast<double>(cuda_emulation::counters().bytes_in_use - before);
  const double planned = static_cast<double>(network_bytes(demand, plan));
  // Each of some twenty-five arrays is rounded up to 256 bytes.
  EXPECT_GE(taken, 0.99 * planned);
  EXPECT_LE(taken, planned + 26 * 256);
  EXPECT_EQ(before_search.shape.sizes, demand.shape.sizes);
  EXPECT_GE(network_bytes(before_search, plan), network_bytes(demand, plan));
  EXPECT_LE(network_bytes(before_search, plan), network_bytes(demand, plan) + 4 * 100)
      << "the largest bucket of the search has few states";
}

/// Some buffers in scratch; one allocation after the other fails once.
TEST(EmulatedMemory, FleetsThatShareANetworkAreSimulatedHalfByHalf) {
  const RunProblem problem = testing::prepared_fleet(testing::learned_fleet_settings(3));
  const std::vector<float> weights = initial_weights(problem.training->shape, 7);
  std::vector<LearnedFleetRequest> requests;
  std::vector<std::vector<FleetSums>> expected;
  for (int64_t sequences = 1; sequences <= 5; ++sequences) {
    requests.push_back({&*problem.training, &weights, &problem.test, {sequences, 20}, {}});
    expected.push_back(reference_learned_fleet(requests.back()).fleet.sums);
  }
  cuda_emulation::VirtualDevice device = cuda_emulation::device_profile("t4");
  device.multiprocessors = 7;
  device.shared_per_block_optin = 33 * 1024;
  for (int nth = 1; nth < 65; ++nth) {
    cuda_emulation::reset({device});
    cuda_emulation::settings().print_failures = false;
    DeviceContext context(0);
    context.upload(problem.test);
    cuda_emulation::fail_allocation(0, nth);
    const std::vector<LearnedFleetOutcome> outcomes =
        simulate_learned_fleets_on_cuda(requests, context);
    ASSERT_EQ(outcomes.size(), requests.size());
    for (size_t i = 0; i < requests.size(); ++i)
      EXPECT_EQ(outcomes[i].fleet.sums, expected[i]) << nth << ", request " << i;
  }
  cuda_emulation::reset();
}

}  // namespace
}  // namespace edgesweep
