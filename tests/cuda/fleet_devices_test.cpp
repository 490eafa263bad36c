// Fleets on several GPUs, some of which fail: the sums of one.
#include "host/engine/cuda/fleet_devices.h"

#include <gtest/gtest.h>

#include "emulated/control.h"
#include "host/engine/backends.h"
#include "host/engine/run/observers.h"
#include "tests/reference/reference_fleet.h"
#include "tests/support/fleet_cases.h"
#include "tests/support/learned_fleets.h"

namespace edgesweep {
namespace {

using Failures = std::vector<size_t>;

class EmulatedFleetDevices : public ::testing::Test {
 protected:
  void start(size_t devices) {
    cuda_emulation::reset(
        std::vector<cuda_emulation::VirtualDevice>(devices, cuda_emulation::device_profile("t4")));
    cuda_emulation::settings().print_failures = false;
  }
  void TearDown() override {
    EXPECT_EQ(cuda_emulation::live_allocations(), 0u)
        << cuda_emulation::describe_live_allocations();
    EXPECT_EQ(cuda_emulation::live_handles(), 0u);
    cuda_emulation::reset();
  }
  FleetDevices devices(const std::vector<FleetDevices::Device>& chosen) {
    return {chosen, [this](size_t device, const DeviceError&) { failures_.push_back(device); }};
  }
  static size_t kernels_of(int device) { return cuda_emulation::counters(device).kernels; }

  Failures failures_;
};

TEST_F(EmulatedFleetDevices, AllTakePartAndGiveTheSumsOfOne) {
  for (const testing::FleetCase& c : testing::fleet_cases()) {
    start(4);
    testing::FleetTestProblem problem(c);
    problem.request().first_sequence = 3;
    FleetDevices chosen = devices({{3, 1}, {0, 2.5}, {2, 1}});
    EXPECT_EQ(chosen.simulate(problem.request()).sums, reference_fleet(problem.request()).sums)
        << c.name;
    for (const int device : {0, 2, 3})
      EXPECT_GE(kernels_of(device), c.sequences >= 5 ? 1u : 0u) << c.name << device;
    EXPECT_EQ(kernels_of(1), 0u) << "was not chosen";
  }
}

TEST_F(EmulatedFleetDevices, TheSharesGoBySpeed) {
  start(2);
  testing::FleetTestProblem problem({"", 64, 5, {2}, 1, FleetMode::cameras, true, false});
  devices({{0, 1}, {1, 31}}).simulate(problem.request());
  EXPECT_EQ(cuda_emulation::counters(0).blocks, 1u) << "of 32 sequences at most";
  EXPECT_EQ(cuda_emulation::counters(1).blocks, 2u);
  EXPECT_LT(cuda_emulation::counters(0).bytes_copied, cuda_emulation::counters(1).bytes_copied);
}

TEST_F(EmulatedFleetDevices, TheOthersDoWhatADeviceLeaves) {
  testing::FleetTestProblem problem(testing::fleet_cases()[5]);
  const FleetOutcome expected = reference_fleet(problem.request());
  for (const bool out_of_memory : {false, true}) {
    start(3);
    failures_.clear();
    FleetDevices chosen = devices({{0, 1}, {1, 1}, {2, 1}});
    for (const int device : {0, 2}) {
      if (out_of_memory)
        cuda_emulation::fail_allocation(device, 3);
      else
        cuda_emulation::lose_device(device, 0);
    }
    EXPECT_EQ(chosen.simulate(problem.request()).sums, expected.sums);
    EXPECT_EQ(failures_, (Failures{0, 2}));
    EXPECT_EQ(kernels_of(1), 3u) << "its own share and those of the others";
    EXPECT_EQ(chosen.simulate(problem.request()).sums, expected.sums);
    EXPECT_EQ(kernels_of(1), 4u) << "the others are not asked again";
  }
}

TEST_F(EmulatedFleetDevices, TheLastFailureIsAnError) {
  start(2);
  testing::FleetTestProblem problem(testing::fleet_cases()[5]);
  for (const int device : {0, 1}) cuda_emulation::lose_device(device, 0);
  EXPECT_THROW(devices({{0, 1}, {1, 1}}).simulate(problem.request()), DeviceError);
  EXPECT_EQ(failures_, (Failures{0, 1}));
}

TEST_F(EmulatedFleetDevices, AStopOfOneIsAStop) {
  start(2);
  testing::FleetTestProblem problem(testing::fleet_cases()[5]);
  problem.request().stop_requested = [] { return true; };
  EXPECT_TRUE(devices({{0, 1}, {1, 1}}).simulate(problem.request()).stopped);
}

/// One run, which the first device executes: the second one only searches.
TEST_F(EmulatedFleetDevices, ASearchIsDoneByAll) {
  cuda_emulation::reset(
      {cuda_emulation::device_profile("h100"), cuda_emulation::device_profile("t4")});
  RunJob job{0, "run", testing::learned_fleet_settings(2), std::nullopt};
  job.settings.policies = {Policy::weak, Policy::hierarchical};
  InputCache inputs;
  SilentObserver observer;
  make_cuda_backend(1)->execute({job}, inputs, observer);
  EXPECT_GT(kernels_of(0), 0u);
  EXPECT_GT(kernels_of(1), 0u);
}

}  // namespace
}  // namespace edgesweep
