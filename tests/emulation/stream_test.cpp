// Streams run late and in any order that events and the default stream allow.
#include <set>

#include "emulated_test.h"

namespace cuda_emulation {
namespace {

/// Appends `digit` to a number: the result tells the order of execution.
__global__ void append(long long* number, int digit) { *number = *number * 10 + digit; }

class EmulatedStream : public EmulatedTest {
 protected:
  void SetUp() override {
    EmulatedTest::SetUp();
    for (cudaStream_t& stream : streams_)
      ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  }
  void TearDown() override {
    for (cudaStream_t stream : streams_) EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
    EXPECT_EQ(live_handles(), 0u);
    EmulatedTest::TearDown();
  }

  void append_on(cudaStream_t stream, const DeviceArray<long long>& number, int digit) {
    ASSERT_EQ(launch(append, 1, 1, 0, stream, number.data(), digit), cudaSuccess);
  }

  cudaStream_t streams_[2] = {};
};

TEST_F(EmulatedStream, OneStreamKeepsItsOrder) {
  for (settings().seed = 0; settings().seed < 10; ++settings().seed) {
    const DeviceArray<long long> number(std::vector<long long>{0});
    for (int digit = 1; digit <= 5; ++digit) append_on(streams_[0], number, digit);
    ASSERT_EQ(cudaStreamSynchronize(streams_[0]), cudaSuccess);
    EXPECT_EQ(number.values()[0], 12345);
  }
}

TEST_F(EmulatedStream, StreamsWithoutEventsRunInAnyOrder) {
  std::set<long long> results;
  for (settings().seed = 1; settings().seed < 20; ++settings().seed) {
    const DeviceArray<long long> number(std::vector<long long>{0});
    append_on(streams_[0], number, 1);
    append_on(streams_[1], number, 2);
    append_on(streams_[0], number, 3);
    ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    results.insert(number.values()[0]);
  }
  EXPECT_EQ(results, (std::set<long long>{123, 132, 213}));
}

TEST_F(EmulatedStream, EventsOrderStreams) {
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
  for (settings().seed = 0; settings().seed < 20; ++settings().seed) {
    const DeviceArray<long long> number(std::vector<long long>{0});
    append_on(streams_[0], number, 1);
    ASSERT_EQ(cudaEventRecord(event, streams_[0]), cudaSuccess);
    ASSERT_EQ(cudaStreamWaitEvent(streams_[1], event), cudaSuccess);
    append_on(streams_[1], number, 2);
    ASSERT_EQ(cudaStreamSynchronize(streams_[1]), cudaSuccess);
    EXPECT_EQ(number.values()[0], 12);
  }
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
}

TEST_F(EmulatedStream, TheDefaultStreamWaitsForBlockingStreamsOnly) {
  cudaStream_t blocking = nullptr;
  ASSERT_EQ(cudaStreamCreate(&blocking), cudaSuccess);
  std::set<long long> results;
  for (settings().seed = 0; settings().seed < 30; ++settings().seed) {
    const DeviceArray<long long> number(std::vector<long long>{0}),
        other(std::vector<long long>{0});
    append_on(blocking, number, 1);
    append_on(streams_[0], other, 1);
    append_on(nullptr, number, 2);
    append_on(nullptr, other, 2);
    append_on(blocking, number, 3);
    ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    EXPECT_EQ(number.values()[0], 123);
    results.insert(other.values()[0]);
  }
  EXPECT_EQ(results, (std::set<long long>{12, 21}));
  EXPECT_EQ(cudaStreamDestroy(blocking), cudaSuccess);
}

TEST_F(EmulatedStream, NothingRunsBeforeTheHostWaits) {
  long long* pinned = nullptr;
  ASSERT_EQ(cudaMallocHost(&pinned, sizeof *pinned), cudaSuccess);
  *pinned = 0;
  const DeviceArray<long long> number(std::vector<long long>{7});
  ASSERT_EQ(
      cudaMemcpyAsync(pinned, number.data(), sizeof *pinned, cudaMemcpyDeviceToHost, streams_[0]),
      cudaSuccess);
  EXPECT_EQ(*pinned, 0) << "reading pinned memory before waiting finds the old value";
  ASSERT_EQ(cudaStreamSynchronize(streams_[0]), cudaSuccess);
  EXPECT_EQ(*pinned, 7);
  EXPECT_EQ(cudaFreeHost(pinned), cudaSuccess);
}

TEST_F(EmulatedStream, HostMemoryThatIsNotPinnedMayChangeAfterTheCall) {
  const DeviceArray<long long> number(1);
  long long on_stack = 5;
  ASSERT_EQ(cudaMemcpyAsync(number.data(), &on_stack, sizeof on_stack, cudaMemcpyHostToDevice,
                            streams_[0]),
            cudaSuccess);
  on_stack = 6;
  append_on(streams_[0], number, 1);
  ASSERT_EQ(cudaMemcpyAsync(&on_stack, number.data(), sizeof on_stack, cudaMemcpyDeviceToHost,
                            streams_[0]),
            cudaSuccess);
  EXPECT_EQ(on_stack, 51);
}

TEST_F(EmulatedStream, PollingEnds) {
  const DeviceArray<long long> number(std::vector<long long>{0});
  cudaEvent_t begin = nullptr, end = nullptr;
  ASSERT_EQ(cudaEventCreate(&begin), cudaSuccess);
  ASSERT_EQ(cudaEventCreate(&end), cudaSuccess);
  EXPECT_EQ(cudaEventQuery(end), cudaSuccess) << "never recorded";
  ASSERT_EQ(cudaEventRecord(begin, streams_[0]), cudaSuccess);
  append_on(streams_[0], number, 1);
  ASSERT_EQ(cudaEventRecord(end, streams_[0]), cudaSuccess);
  float milliseconds = -1.0f;
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, begin, end), cudaErrorNotReady);
  EXPECT_EQ(cudaStreamQuery(streams_[0]), cudaErrorNotReady);
  while (cudaEventQuery(end) == cudaErrorNotReady) {
  }
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, begin, end), cudaSuccess);
  EXPECT_GE(milliseconds, 0.0f);
  EXPECT_EQ(cudaStreamQuery(streams_[0]), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(begin), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(end), cudaSuccess);
}

TEST_F(EmulatedStream, DestroyedHandlesAreRefused) {
  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaStreamCreate(&stream), cudaSuccess);
  EXPECT_EQ(live_handles(), 3u);
  ASSERT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidResourceHandle);
}

}  // namespace
}  // namespace cuda_emulation
