#pragma once
// One virtual device: its limits, what is queued on it, and how it fails.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "emulated/control.h"
#include "stream.h"

namespace cuda_emulation {

struct KernelState {
  int most_dynamic_shared = 0;  ///< set by cudaFuncSetAttribute; 0: the default limit
  int registers = 32;
  size_t static_shared = 0;  ///< seen in the last execution
};

/// Public members are guarded by `mutex`; functions expect it to be held.
class Device {
 public:
  Device(int number, const VirtualDevice& limits);
  ~Device();

  const int number;
  const VirtualDevice limits;
  size_t memory_taken;  ///< by other processes
  std::recursive_mutex mutex;

  /// The error that every later call returns; cudaSuccess while the device works.
  cudaError_t failed = cudaSuccess;
  std::string first_failure;
  Counters counters;
  std::map<const void*, KernelState> kernels;
  int active_captures = 0;

  // Faults to come: 0 none, 1 the next one.
  int allocations_until_failure = 0;
  int kernels_until_failure = 0;
  int kernels_until_loss = -1;  ///< -1: none
  int calls_until_loss = 0;

  size_t free_memory() const { return limits.memory_bytes - memory_taken - counters.bytes_in_use; }
  /// Whether the program has an image of the kernel for this device.
  cudaError_t find_image(const void* kernel);
  /// Counts a call and returns the error that it meets, cudaSuccess while the device works.
  cudaError_t begin_call();

  /// Breaks the device: `error` is what everything returns from now on.
  void fail(cudaError_t error, const std::string& message);
  /// Notes why a call is refused with `error`, and returns that.
  cudaError_t refuse(cudaError_t error, const std::string& message);

  std::shared_ptr<CUstream_st> add_stream(bool blocking);
  void remove_stream(CUstream_st& stream);
  const std::shared_ptr<CUstream_st>& default_stream() const { return streams_.front(); }
  void for_each_stream(const std::function<void(CUstream_st&)>& body);

  /// Queues an operation, or adds it to the graph that the stream captures.
  cudaError_t queue(CUstream_st& stream, std::function<void()> execute);
  cudaError_t queue(CUstream_st& stream, Operation operation);
  /// Executes until the point is reached; other work too, as the seed has it.
  void wait_for(const StreamPoint& point);
  void wait_for_everything();
  /// Executes one operation that the point needs, if it is not yet reached.
  void advance(const StreamPoint& point);

  /// Executes work that may touch the device's memory, which is closed to the host otherwise.
  void with_open_memory(const std::function<void()>& work);

  /// A number from 0 to below `count`; 0 under seed 0.
  size_t choose(size_t count);

 private:
  CUstream_st& needed_for(const StreamPoint& point);
  std::vector<CUstream_st*> ready_streams();
  void execute_front(CUstream_st& stream);
  cudaError_t add_legacy_waits(CUstream_st& stream, Operation& operation);

  std::vector<std::shared_ptr<CUstream_st>> streams_;
  std::mt19937_64 random_;
  uint64_t random_seed_ = 0;
  int open_depth_ = 0;
};

}  // namespace cuda_emulation
