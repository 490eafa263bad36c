#pragma once
#include <cuda_runtime.h>

#include <cstdint>
#include <source_location>
#include <string_view>

#include "host/engine/run/fallback_backend.h"

namespace edgesweep {

/// "train_kernel of 12 blocks of 256 threads with 218000 bytes of shared memory"
struct LaunchShape {
  std::string_view kernel;
  int64_t blocks;
  int threads;
  int64_t shared_bytes;
};

// One of these stands around every CUDA call and launch, in every build. They throw DeviceError
// with the call, the runtime's text, file and line unless `error` is success.

void check_cuda(cudaError_t error, std::string_view what,
                std::source_location where = std::source_location::current());

/// A launch. Errors of its execution come from a later call: that one's message names the last
/// launch of the calling thread.
void check_cuda(cudaError_t error, const LaunchShape& shape,
                std::source_location where = std::source_location::current());

}  // namespace edgesweep
