// Deals the blocks of a launch to host threads.
#include "kernel_execution.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>

#include "block.h"
#include "device_memory.h"
#include "fault_handler.h"
#include "machine.h"
#include "text.h"

namespace cuda_emulation {
namespace {

/// What one host thread needs to execute blocks; kept for the next launch.
struct Worker {
  SharedMemory shared;
  Block block;
};

class WorkerPool {
 public:
  std::unique_ptr<Worker> take() {
    std::lock_guard guard(mutex_);
    if (idle_.empty()) return std::make_unique<Worker>();
    std::unique_ptr<Worker> worker = std::move(idle_.back());
    idle_.pop_back();
    return worker;
  }
  void give_back(std::unique_ptr<Worker> worker) {
    std::lock_guard guard(mutex_);
    idle_.push_back(std::move(worker));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_;
};

/// Made before there are threads: a sanitizer of threads that does not watch this file would not
/// see how the first thread hands it to the others. Never destroyed: threads may outlive statics.
WorkerPool* const pool = new WorkerPool;

WorkerPool& workers() { return *pool; }

/// The launch while its blocks execute.
struct Execution {
  Execution(Device& on, const KernelLaunch& what) : device(on), launch(what) {}

  Device& device;
  const KernelLaunch& launch;
  std::vector<uint32_t> order;
  uint64_t seed = 0;
  std::atomic<size_t> next{0};
  std::atomic<size_t> barriers{0};
  std::atomic<size_t> static_shared{0};
  std::mutex mutex;
  BlockFailure failure;  ///< the first one
  uint3 failed_block{};
};

uint3 block_index(uint32_t number, dim3 grid) {
  return {number % grid.x, number / grid.x % grid.y, number / (grid.x * grid.y)};
}

BlockFailure check_shared_size(const Execution& execution, size_t static_bytes) {
  const VirtualDevice& limits = execution.device.limits;
  const size_t both = static_bytes + execution.launch.dynamic_shared_bytes;
  const size_t limit = std::max(limits.shared_per_block, limits.shared_per_block_optin);
  if (static_bytes <= limits.shared_per_block && both <= limit) return {};
  return {
      cudaErrorLaunchFailure,
      format("%zu bytes of static and %zu of dynamic shared memory are more than the device has",
             static_bytes, execution.launch.dynamic_shared_bytes)};
}

/// Executes blocks until none is left or one has failed.
void execute_blocks(Execution& execution, Worker& worker) {
  const AlternateSignalStack signal_stack;
  const KernelLaunch& launch = execution.launch;
  for (;;) {
    const size_t place = execution.next.fetch_add(1);
    if (place >= execution.order.size()) return;
    const uint32_t number = execution.order[place];
    const uint64_t seed = execution.seed == 0 ? 0 : execution.seed + number + 1;
    const size_t barriers_before = worker.block.barriers();
    worker.shared.start_block(launch.dynamic_shared_bytes, settings().poison);
    const uint3 index = block_index(number, launch.grid);
    BlockFailure failure = worker.block.run(launch, index, seed, worker.shared);
    if (failure.error == cudaSuccess)
      failure = check_shared_size(execution, worker.shared.static_bytes());
    execution.barriers += worker.block.barriers() - barriers_before;
    execution.static_shared = worker.shared.static_bytes();
    if (failure.error == cudaSuccess) continue;
    std::lock_guard guard(execution.mutex);
    execution.next = execution.order.size();
    if (execution.failure.error != cudaSuccess) return;
    execution.failure = std::move(failure);
    execution.failed_block = index;
    return;
  }
}

void execute_on_threads(Execution& execution, size_t count) {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i) {
    threads.emplace_back([&execution] {
      std::unique_ptr<Worker> worker = workers().take();
      execute_blocks(execution, *worker);
      workers().give_back(std::move(worker));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::string kernel_text(const KernelLaunch& launch) {
  return "kernel " + function_text(launch.kernel);
}

/// Counts the faults that tests have ordered. false: the kernel does not execute.
bool survives(Device& device, const KernelLaunch& launch) {
  if (device.kernels_until_failure > 0 && --device.kernels_until_failure == 0) {
    device.fail(cudaErrorLaunchFailure, kernel_text(launch) + ": failure ordered by fail_launch()");
    return false;
  }
  if (device.kernels_until_loss >= 0 && device.kernels_until_loss-- == 0) {
    device.fail(cudaErrorDevicesUnavailable, "device lost, as ordered by lose_device()");
    return false;
  }
  return true;
}

}  // namespace

void execute_kernel(Device& device, const KernelLaunch& launch) {
  if (!survives(device, launch)) return;
  install_fault_handler();
  Execution execution(device, launch);
  execution.order.resize(size_t{launch.grid.x} * launch.grid.y * launch.grid.z);
  std::iota(execution.order.begin(), execution.order.end(), 0u);
  if (settings().seed != 0) {
    execution.seed = settings().seed * 1000003 + device.counters.kernels;
    std::minstd_rand random(static_cast<std::minstd_rand::result_type>(execution.seed));
    std::shuffle(execution.order.begin(), execution.order.end(), random);
  }
  const size_t threads =
      std::min<size_t>(static_cast<size_t>(settings().threads), execution.order.size());
  if (threads > 1) {
    execute_on_threads(execution, threads);
  } else {
    std::unique_ptr<Worker> worker = workers().take();
    execute_blocks(execution, *worker);
    workers().give_back(std::move(worker));
  }
  ++device.counters.kernels;
  device.counters.blocks += execution.order.size();
  device.counters.barriers += execution.barriers;
  device.kernels[launch.kernel].static_shared = execution.static_shared;
  if (execution.failure.error != cudaSuccess)
    return device.fail(execution.failure.error, kernel_text(launch) + ", block " +
                                                    index_text(execution.failed_block) + ", " +
                                                    execution.failure.message);
  const std::string overrun = find_memory_overrun(device.number, settings().poison);
  if (!overrun.empty()) device.fail(cudaErrorIllegalAddress, kernel_text(launch) + ": " + overrun);
}

}  // namespace cuda_emulation
