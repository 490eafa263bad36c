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

struct CudaDevices {
  std::vector<DeviceLimits> devices;
  std::string why_none;  ///< for people, when there are none
};
CudaDevices find_cuda_devices();

/// A backend on all devices of find_cuda_devices; one host thread each. A device that fails throws
/// DeviceError out of execute. threads, memory_limit, notice: as of make_cpu_backend, for what is
/// done on the CPU: MDPs, statistics, the networks of many cameras. seconds_between_questions:
/// about how long a Q iteration computes before it asks whether to stop.
std::unique_ptr<Backend> make_cuda_backend(int threads = 0, double memory_limit = 0,
                                           Notice notice = {},
                                           double seconds_between_questions = 1);

}  // namespace edgesweep
