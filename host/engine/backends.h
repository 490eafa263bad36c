#pragma once
#include <memory>
#include <string>
#include <vector>

#include "host/engine/plan/device_limits.h"
#include "host/engine/plan/startable_threads.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/fallback_backend.h"

namespace edgesweep {

// The backends that a program can make.

/// threads: 0 = all that this process may use. memory_limit: bytes that the process may take; fewer
/// networks are trained at once to keep it. 0 = available_memory_bytes(). notice: told when the
/// system makes fewer threads.
std::unique_ptr<Backend> make_cpu_backend(int threads, double memory_limit = 0, Notice notice = {});

// The CUDA backend as the program sees it. Three libraries implement it and a program links one:
// host/engine/cuda with the CUDA runtime, the same with the emulation of tests/emulation, and
// host/engine/no_cuda in builds without nvcc.

/// One GPU.
struct CudaDevice {
  int number;  ///< in the runtime's order, within CUDA_VISIBLE_DEVICES
  DeviceLimits limits;
  int64_t free_memory = 0;   ///< bytes that this process could have now
  std::string why_left_out;  ///< for people; empty where it can execute this program
  bool can_run() const { return why_left_out.empty(); }
};

struct CudaDevices {
  int count = 0;  ///< of this machine
  std::vector<CudaDevice> devices;
  std::string why_none;  ///< for people, when no device can run the program

  /// Those that can run the program.
  std::vector<CudaDevice> usable() const {
    std::vector<CudaDevice> some;
    for (const CudaDevice& device : devices)
      if (device.can_run()) some.push_back(device);
    return some;
  }
};

/// Looks at the devices of these numbers, in their order, or at all when there are none; numbers
/// that do not exist are left out. The others are not touched: a process that has used a GPU once
/// holds some of its memory until it ends.
CudaDevices find_cuda_devices(const std::vector<int>& numbers = {});

/// A backend on the usable devices of find_cuda_devices(numbers); one host thread each. What a
/// device that fails has not finished, and what its memory does not hold, is left to the others,
/// from the last checkpoints; where no device can do it, execute throws DeviceError once all else
/// is done. notice is told of devices that failed. threads, notice: as of make_cpu_backend, for
/// what is done on the CPU: MDPs, statistics. seconds_between_questions: about how long a Q
/// iteration computes before it asks whether to stop.
std::unique_ptr<Backend> make_cuda_backend(int threads = 0, Notice notice = {},
                                           double seconds_between_questions = 1,
                                           const std::vector<int>& numbers = {});

}  // namespace edgesweep
