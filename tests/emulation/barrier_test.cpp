// Barriers: what they return, and what is found when they are missing or divergent.
#include <set>

#include "emulated_test.h"

namespace cuda_emulation {
namespace {

constexpr unsigned kBlock = 64;

__global__ void vote(int* count, int* all, int* any) {
  const bool odd = threadIdx.x % 2 == 1;
  count[threadIdx.x] = __syncthreads_count(odd);
  all[threadIdx.x] = __syncthreads_and(odd);
  any[threadIdx.x] = __syncthreads_or(odd);
}

/// Reverses a block's values through shared memory; the barrier may be left out on purpose.
template <bool kHasBarrier>
__global__ void reverse(int* values) {
  CUDA_EMULATED_SHARED(int, tile, kBlock);
  tile[threadIdx.x] = values[threadIdx.x];
  if (kHasBarrier) __syncthreads();
  values[threadIdx.x] = tile[kBlock - 1 - threadIdx.x];
}

constexpr int kFirstBarrier = __LINE__ + 3, kSecondBarrier = __LINE__ + 5;
__global__ void wait_at_different_barriers() {
  if (threadIdx.x < kBlock / 2) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}

__global__ void return_before_barrier(unsigned returns) {
  if (threadIdx.x >= returns) return;
  __syncthreads();
}

__global__ void wait_once_too_often() {
  for (unsigned i = 0; i <= threadIdx.x % 2; ++i) __syncthreads();
}

class EmulatedBarrier : public EmulatedTest {
 protected:
  /// The different results of one kernel under ten thread orders.
  static std::set<std::vector<int>> results_of_reverse(void (*kernel)(int*)) {
    std::set<std::vector<int>> results;
    for (uint64_t seed = 0; seed < 10; ++seed) {
      settings().seed = seed;
      const DeviceArray<int> values(ascending<int>(kBlock));
      EXPECT_EQ(launch(kernel, 1, kBlock, 0, nullptr, values.data()), cudaSuccess);
      results.insert(values.values());
    }
    return results;
  }
};

TEST_F(EmulatedBarrier, VotesAreThoseOfTheWholeBlock) {
  const DeviceArray<int> count(kBlock), all(kBlock), any(kBlock);
  ASSERT_EQ(launch(vote, 1, kBlock, 0, nullptr, count.data(), all.data(), any.data()), cudaSuccess);
  EXPECT_EQ(count.values(), std::vector<int>(kBlock, kBlock / 2));
  EXPECT_EQ(all.values(), std::vector<int>(kBlock, 0));
  EXPECT_EQ(any.values(), std::vector<int>(kBlock, 1));
}

TEST_F(EmulatedBarrier, RightKernelGivesOneResultInEveryOrder) {
  EXPECT_EQ(results_of_reverse(reverse<true>).size(), 1u);
}

TEST_F(EmulatedBarrier, MissingBarrierShowsInAnotherOrder) {
  if (kUnderThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer reports the race itself";
  settings().check_copies = false;
  EXPECT_GT(results_of_reverse(reverse<false>).size(), 1u);
}

TEST_F(EmulatedBarrier, DivergentBarrierIsNamedWithBothPlaces) {
  ASSERT_EQ(launch(wait_at_different_barriers, 3, kBlock, 0, nullptr), cudaSuccess);
  expect_failure(cudaErrorLaunchFailure,
                 {"wait_at_different_barriers", "block (0,0,0)", "thread (32,0,0)",
                  "barrier_test.cpp:" + std::to_string(kFirstBarrier),
                  "barrier_test.cpp:" + std::to_string(kSecondBarrier)});
}

TEST_F(EmulatedBarrier, ReturningWhileOthersWaitIsAnError) {
  ASSERT_EQ(launch(return_before_barrier, 1, kBlock, 0, nullptr, kBlock - 1), cudaSuccess);
  expect_failure(cudaErrorLaunchFailure,
                 {"return_before_barrier", "waits at the barrier", "thread (63,0,0) has returned"});
}

TEST_F(EmulatedBarrier, UnequalNumbersOfBarriersAreAnError) {
  ASSERT_EQ(launch(wait_once_too_often, 1, kBlock, 0, nullptr), cudaSuccess);
  expect_failure(cudaErrorLaunchFailure, {"waits at the barrier", "has returned"});
}

TEST_F(EmulatedBarrier, TheEmulationGoesOnAfterAnError) {
  ASSERT_EQ(launch(wait_once_too_often, 1, kBlock, 0, nullptr), cudaSuccess);
  expect_failure(cudaErrorLaunchFailure, {});
  start({device_profile("h100")});
  EXPECT_EQ(results_of_reverse(reverse<true>).size(), 1u);
}

}  // namespace
}  // namespace cuda_emulation
