// Memory that evaluations cut their arrays out of.
#include "host/engine/cuda/device_arena.h"

#include <gtest/gtest.h>

#include "emulated/control.h"
#include "host/engine/cuda/cuda_simulator.h"
#include "host/engine/run/run_outcome.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

using cuda_emulation::counters;
using cuda_emulation::take_memory;

class EmulatedArena : public ::testing::Test {
 protected:
  void SetUp() override {
    cuda_emulation::reset();
    cuda_emulation::settings().print_failures = false;
  }
  void TearDown() override {
    EXPECT_EQ(cuda_emulation::live_allocations(), 0u)
        << cuda_emulation::describe_live_allocations();
    cuda_emulation::reset();
  }
  static size_t total() { return cuda_emulation::device_profile("h100").memory_bytes; }
};

TEST_F(EmulatedArena, ArraysAreAlignedAndHoldWhatWasPutThere) {
  const DeviceStream stream;
  DeviceArena arena(stream);
  const DeviceArena::Scope scope(arena);
  std::vector<std::vector<int32_t>> values;
  std::vector<DeviceArray<int32_t>> arrays;
  for (size_t size : {1, 0, 64, 65, 7, 300'000, 3, 500'000, 2}) {
    values.emplace_back(size, static_cast<int32_t>(values.size() + 1));
    arrays.push_back(arena.take(values.back()));
    EXPECT_EQ(arrays.back().size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arrays.back().data()) % 256, 0u);
    EXPECT_EQ(arrays.back().data() == nullptr, size == 0);
  }
  for (size_t i = 0; i < arrays.size(); ++i) {
    std::vector<int32_t> seen(values[i].size());
    arrays[i].download(seen, stream);
    stream.wait();
    EXPECT_EQ(seen, values[i]) << i;
  }
}

TEST_F(EmulatedArena, TheSecondTimeThereIsOneBlockAndTheThirdTimeItIsThere) {
  const DeviceStream stream;
  DeviceArena arena(stream);
  const auto use = [&] {
    const DeviceArena::Scope scope(arena);
    const size_t before = counters().allocations;
    for (int i = 0; i < 50; ++i) arena.take<float>(100'000);
    EXPECT_LT(arena.idle_bytes(), 50 * 4 * 100'000) << "not more than twice what is needed";
    return counters().allocations - before;
  };
  const size_t first = use();
  EXPECT_GT(first, 1u);
  EXPECT_LT(first, 8u);
  EXPECT_EQ(use(), 1u);
  EXPECT_EQ(use(), 0u);
  EXPECT_EQ(counters().bytes_in_use, 50u * 400'128);
  EXPECT_EQ(arena.idle_bytes(), 50 * 400'128);
  arena.release();
  EXPECT_EQ(counters().bytes_in_use, 0u);
  EXPECT_EQ(arena.idle_bytes(), 0);
}

TEST_F(EmulatedArena, WhereMemoryIsShortItAsksForNoMoreThanIsNeeded) {
  const DeviceStream stream;
  DeviceArena arena(stream);
  take_memory(0, total() - 2000);
  {
    const DeviceArena::Scope scope(arena);
    EXPECT_NE(arena.take<char>(700).data(), nullptr);
    EXPECT_NE(arena.take<char>(1000).data(), nullptr);
    EXPECT_THROW(arena.take<char>(300), DeviceError);
  }
  const DeviceArena::Scope scope(arena);
  EXPECT_NE(arena.take<char>(1700).data(), nullptr) << "what was taken is free again";
}

TEST_F(EmulatedArena, PiecesBecomeFewerDownToOneAndNoFurther) {
  const DeviceStream stream;
  DeviceArena arena(stream);
  const auto pieces = [&](int wanted) {
    arena.release();
    const DeviceArena::Scope scope(arena);
    int count = wanted;
    const DeviceArray<float> array = arena.take_pieces<float>(count, 64);
    EXPECT_EQ(array.size(), 64u * static_cast<size_t>(count));
    return count;
  };
  EXPECT_EQ(pieces(100), 100);
  arena.release();
  take_memory(0, total() - 25 * 256);
  EXPECT_EQ(pieces(100), 25);
  arena.release();
  take_memory(0, total() - 256);
  EXPECT_EQ(pieces(100), 1);
  arena.release();
  take_memory(0, total() - 255);
  EXPECT_THROW(pieces(100), DeviceError);
}

TEST_F(EmulatedArena, KeptApartEveryArrayIsAnAllocationOfItsSize) {
  const DeviceStream stream;
  DeviceArena arena(stream);
  arena.keep_apart(true);
  {
    const DeviceArena::Scope scope(arena);
    arena.take<char>(3);
    arena.take<double>(2);
    EXPECT_EQ(cuda_emulation::live_allocations(), 2u);
    EXPECT_EQ(counters().bytes_in_use, 19u);
  }
  EXPECT_EQ(cuda_emulation::live_allocations(), 0u);
}

TEST_F(EmulatedArena, EvaluationsAllocateOnceForAll) {
  const RunProblem problem = testing::prepared(testing::small_settings());
  const std::vector<float> weights = initial_state(*problem.training).weights;
  const std::vector<SimulationRequest> requests(6, test_request(problem, &weights));
  DeviceContext context(0);
  const auto allocations = [&] {
    const size_t before = counters().allocations;
    simulate_on_cuda(requests, context);
    return counters().allocations - before;
  };
  EXPECT_GT(allocations(), 0u);
  EXPECT_LE(allocations(), 1u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(allocations(), 0u);
}

}  // namespace
}  // namespace edgesweep
