// Captured graphs do nothing until they are launched, and then the same work every time.
#include <set>

#include "emulated_test.h"

namespace cuda_emulation {
namespace {

__global__ void append(long long* number, int digit) { *number = *number * 10 + digit; }

class EmulatedGraph : public EmulatedTest {
 protected:
  void SetUp() override {
    EmulatedTest::SetUp();
    ASSERT_EQ(cudaStreamCreate(&stream_), cudaSuccess);
    ASSERT_EQ(cudaStreamCreate(&side_), cudaSuccess);
  }
  void TearDown() override {
    EXPECT_EQ(cudaStreamDestroy(stream_), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(side_), cudaSuccess);
    EXPECT_EQ(live_handles(), 0u);
    EmulatedTest::TearDown();
  }

  /// Makes a graph of what `record` puts into the streams.
  template <typename Record>
  cudaGraphExec_t captured(Record record) {
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t executable = nullptr;
    EXPECT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), cudaSuccess);
    record();
    EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaSuccess) << last_failure();
    EXPECT_EQ(cudaGraphInstantiate(&executable, graph), cudaSuccess);
    EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
    return executable;
  }

  cudaStream_t stream_ = nullptr;
  cudaStream_t side_ = nullptr;
};

TEST_F(EmulatedGraph, ReplaysWhatWasCaptured) {
  const DeviceArray<long long> number(std::vector<long long>{0}), copy(std::vector<long long>{0});
  const cudaGraphExec_t graph = captured([&] {
    EXPECT_EQ(launch(append, 1, 1, 0, stream_, number.data(), 1), cudaSuccess);
    EXPECT_EQ(launch(append, 1, 1, 0, stream_, number.data(), 2), cudaSuccess);
    EXPECT_EQ(cudaMemcpyAsync(copy.data(), number.data(), copy.bytes(), cudaMemcpyDeviceToDevice,
                              stream_),
              cudaSuccess);
  });
  EXPECT_EQ(number.values()[0], 0) << "capturing executes nothing";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(cudaGraphLaunch(graph, stream_), cudaSuccess);
  ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  EXPECT_EQ(number.values()[0], 121212);
  EXPECT_EQ(copy.values()[0], 121212);
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaGraphLaunch(graph, stream_), cudaErrorInvalidValue);
}

TEST_F(EmulatedGraph, BranchesRunInAnyOrderBetweenForkAndJoin) {
  std::set<long long> results;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    settings().seed = seed;
    const DeviceArray<long long> number(std::vector<long long>{0});
    cudaEvent_t fork = nullptr, join = nullptr;
    ASSERT_EQ(cudaEventCreate(&fork), cudaSuccess);
    ASSERT_EQ(cudaEventCreate(&join), cudaSuccess);
    const cudaGraphExec_t graph = captured([&] {
      EXPECT_EQ(launch(append, 1, 1, 0, stream_, number.data(), 1), cudaSuccess);
      EXPECT_EQ(cudaEventRecord(fork, stream_), cudaSuccess);
      EXPECT_EQ(cudaStreamWaitEvent(side_, fork), cudaSuccess);
      EXPECT_EQ(launch(append, 1, 1, 0, side_, number.data(), 2), cudaSuccess);
      EXPECT_EQ(launch(append, 1, 1, 0, stream_, number.data(), 3), cudaSuccess);
      EXPECT_EQ(cudaEventRecord(join, side_), cudaSuccess);
      EXPECT_EQ(cudaStreamWaitEvent(stream_, join), cudaSuccess);
      EXPECT_EQ(launch(append, 1, 1, 0, stream_, number.data(), 4), cudaSuccess);
    });
    EXPECT_EQ(cudaGraphLaunch(graph, stream_), cudaSuccess);
    ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    results.insert(number.values()[0]);
    EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
    EXPECT_EQ(cudaEventDestroy(fork), cudaSuccess);
    EXPECT_EQ(cudaEventDestroy(join), cudaSuccess);
  }
  EXPECT_EQ(results, (std::set<long long>{1234, 1324}));
}

TEST_F(EmulatedGraph, WhatCudaForbidsWhileCapturingIsRefused) {
  ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), cudaSuccess);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 4), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaErrorStreamCaptureUnsupported);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(graph, nullptr);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess) << "the capture is over";
}

TEST_F(EmulatedGraph, EveryBranchMustBeJoined) {
  const DeviceArray<long long> number(std::vector<long long>{0});
  cudaEvent_t fork = nullptr;
  ASSERT_EQ(cudaEventCreate(&fork), cudaSuccess);
  ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), cudaSuccess);
  EXPECT_EQ(launch(append, 1, 1, 0, stream_, number.data(), 1), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(fork, stream_), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(side_, fork), cudaSuccess);
  EXPECT_EQ(launch(append, 1, 1, 0, side_, number.data(), 2), cudaSuccess);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureUnjoined);
  EXPECT_EQ(cudaEventDestroy(fork), cudaSuccess);
}

}  // namespace
}  // namespace cuda_emulation
