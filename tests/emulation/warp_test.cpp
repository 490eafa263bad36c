// Warp collectives against what the instructions are defined to do.
#include "emulated_test.h"

namespace cuda_emulation {
namespace {

constexpr unsigned kAll = 0xffffffffu;
constexpr unsigned kWarp = 32;

enum class Shuffle { kIndex, kUp, kDown, kXor };

__global__ void shuffle(Shuffle kind, int operand, int width, int* results) {
  const int lane = static_cast<int>(threadIdx.x % kWarp);
  const auto distance = static_cast<unsigned>(operand);
  int value = 0;
  if (kind == Shuffle::kIndex) value = __shfl_sync(kAll, lane, operand, width);
  if (kind == Shuffle::kUp) value = __shfl_up_sync(kAll, lane, distance, width);
  if (kind == Shuffle::kDown) value = __shfl_down_sync(kAll, lane, distance, width);
  if (kind == Shuffle::kXor) value = __shfl_xor_sync(kAll, lane, operand, width);
  results[threadIdx.x] = value;
}

/// PTX's definition of shfl, word for word.
int source_lane(Shuffle kind, int lane, int operand, int width) {
  const int segment = ~(width - 1) & 31;
  const int first = lane & segment;
  const int last = kind == Shuffle::kUp ? first : first | (31 & ~segment);
  const int distance = operand & 31;
  int source = 0;
  bool valid = false;
  switch (kind) {
    case Shuffle::kIndex:
      source = first | (distance & ~segment);
      valid = source <= last;
      break;
    case Shuffle::kUp:
      source = lane - distance;
      valid = source >= last;
      break;
    case Shuffle::kDown:
      source = lane + distance;
      valid = source <= last;
      break;
    case Shuffle::kXor:
      source = lane ^ distance;
      valid = source <= last;
      break;
  }
  return valid ? source : lane;
}

__global__ void sum_warps(const double* values, double* sums) {
  double sum = values[threadIdx.x];
  for (int distance = 16; distance > 0; distance /= 2) sum += __shfl_xor_sync(kAll, sum, distance);
  sums[threadIdx.x] = sum;
}

__global__ void vote(unsigned* ballots, int* any, int* all) {
  ballots[threadIdx.x] = __ballot_sync(kAll, threadIdx.x % 3 == 0);
  any[threadIdx.x] = __any_sync(kAll, threadIdx.x == 40);
  all[threadIdx.x] = __all_sync(kAll, threadIdx.x >= kWarp);
}

__global__ void halves_apart(int* results) {
  const unsigned lane = threadIdx.x;
  const unsigned mask = lane < 16 ? 0x0000ffffu : 0xffff0000u;
  if (lane < 16) {
    for (int i = 0; i < 3; ++i) __syncwarp(mask);
  }
  results[lane] = __shfl_sync(mask, static_cast<int>(lane), lane < 16 ? 3 : 20);
}

__global__ void leave_lanes_out() {
  if (threadIdx.x % kWarp < 20) __shfl_sync(kAll, 1, 0);
  __syncthreads();
}

__global__ void return_before_shuffle() {
  if (threadIdx.x == 5) return;
  __syncwarp();
}

__global__ void forget_own_lane() { __syncwarp(~(1u << 9)); }

class EmulatedWarp : public EmulatedTest {};

TEST_F(EmulatedWarp, ShufflesReadTheLaneThatPtxDefines) {
  const DeviceArray<int> results(kWarp);
  for (const Shuffle kind : {Shuffle::kIndex, Shuffle::kUp, Shuffle::kDown, Shuffle::kXor}) {
    for (const int width : {1, 2, 8, 16, 32}) {
      for (int operand = 0; operand <= 33; ++operand) {
        ASSERT_EQ(launch(shuffle, 1, kWarp, 0, nullptr, kind, operand, width, results.data()),
                  cudaSuccess);
        std::vector<int> expected(kWarp);
        for (int lane = 0; lane < 32; ++lane)
          expected[static_cast<size_t>(lane)] = source_lane(kind, lane, operand, width);
        ASSERT_EQ(results.values(), expected)
            << "kind " << static_cast<int>(kind) << ", operand " << operand << ", width " << width;
      }
    }
  }
}

TEST_F(EmulatedWarp, ReductionReachesEveryLaneInEveryOrder) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    settings().seed = seed;
    const DeviceArray<double> values(ascending<double>(2 * kWarp)), sums(2 * kWarp);
    ASSERT_EQ(launch(sum_warps, 1, 2 * kWarp, 0, nullptr, values.data(), sums.data()), cudaSuccess);
    EXPECT_EQ(sums.values()[3], 31 * 16.0);
    EXPECT_EQ(sums.values()[60], 31 * 16.0 + 32 * 32.0);
  }
}

TEST_F(EmulatedWarp, VotesAreThoseOfTheWarp) {
  const DeviceArray<unsigned> ballots(2 * kWarp);
  const DeviceArray<int> any(2 * kWarp), all(2 * kWarp);
  ASSERT_EQ(launch(vote, 1, 2 * kWarp, 0, nullptr, ballots.data(), any.data(), all.data()),
            cudaSuccess);
  EXPECT_EQ(ballots.values()[0], 0x49249249u);
  EXPECT_EQ(ballots.values()[63], 0x92492492u);
  EXPECT_EQ(any.values()[0], 0);
  EXPECT_EQ(any.values()[32], 1);
  EXPECT_EQ(all.values()[0], 0);
  EXPECT_EQ(all.values()[32], 1);
}

TEST_F(EmulatedWarp, HalvesOfAWarpMayGoApart) {
  const DeviceArray<int> results(kWarp);
  ASSERT_EQ(launch(halves_apart, 1, kWarp, 0, nullptr, results.data()), cudaSuccess);
  EXPECT_EQ(results.values()[0], 3);
  EXPECT_EQ(results.values()[31], 20);
}

TEST_F(EmulatedWarp, LanesOfAPartialWarpNeedNotExist) {
  const DeviceArray<int> results(20);
  ASSERT_EQ(launch(shuffle, 1, 20, 0, nullptr, Shuffle::kIndex, 7, 32, results.data()),
            cudaSuccess);
  EXPECT_EQ(results.values(), std::vector<int>(20, 7));
}

TEST_F(EmulatedWarp, MissingLanesAreAnError) {
  ASSERT_EQ(launch(leave_lanes_out, 1, 2 * kWarp, 0, nullptr), cudaSuccess);
  expect_failure(cudaErrorLaunchFailure,
                 {"leave_lanes_out", "thread (0,0,0) waits at the warp collective",
                  "but thread (20,0,0) waits at the barrier", "warp_test.cpp"});
}

TEST_F(EmulatedWarp, LanesThatHaveReturnedAreAnError) {
  ASSERT_EQ(launch(return_before_shuffle, 1, kWarp, 0, nullptr), cudaSuccess);
  expect_failure(cudaErrorLaunchFailure, {"thread (5,0,0) has returned"});
}

TEST_F(EmulatedWarp, LanesMustNameThemselves) {
  ASSERT_EQ(launch(forget_own_lane, 1, kWarp, 0, nullptr), cudaSuccess);
  expect_failure(cudaErrorLaunchFailure, {"thread (9,0,0) is not in its own mask"});
}

}  // namespace
}  // namespace cuda_emulation
