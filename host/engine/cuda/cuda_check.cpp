#include "host/engine/cuda/cuda_check.h"

#include <fmt/format.h>

#include <optional>

#include "host/engine/run/fallback_backend.h"

namespace edgesweep {
namespace {

thread_local std::optional<LaunchShape> last_launch;

std::string text_of(const LaunchShape& shape) {
  return fmt::format("{} of {} blocks of {} threads with {} bytes of shared memory", shape.kernel,
                     shape.blocks, shape.threads, shape.shared_bytes);
}

[[noreturn]] void fail(cudaError_t error, const std::string& what,
                       const std::source_location& where) {
  cudaGetLastError();  // an error that does not stay is not reported a second time
  const std::string_view path = where.file_name();
  const std::string_view file = path.substr(path.find_last_of('/') + 1);
  throw DeviceError(
      fmt::format("the GPU failed: {}: {} ({}) at {}:{}", what, cudaGetErrorString(error),
                  cudaGetErrorName(error), file, where.line()),
      error == cudaErrorMemoryAllocation);
}

}  // namespace

void check_cuda(cudaError_t error, std::string_view what, std::source_location where) {
  if (error == cudaSuccess) return;
  const bool own = error == cudaErrorMemoryAllocation || !last_launch;
  fail(error, own ? std::string(what) : fmt::format("{} after {}", what, text_of(*last_launch)),
       where);
}

void check_cuda(cudaError_t error, const LaunchShape& shape, std::source_location where) {
  if (error != cudaSuccess) fail(error, text_of(shape), where);
  last_launch = shape;
}

}  // namespace edgesweep
