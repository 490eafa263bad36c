// Copies and fills. Host memory that is not pinned is read before an asynchronous copy returns and
// written only after waiting, as the CUDA runtime does; pinned memory when the copy's turn comes.
#include <cstring>
#include <memory>
#include <vector>

#include "device_memory.h"
#include "machine.h"
#include "pages.h"
#include "text.h"

namespace cuda_emulation {
namespace {

enum class Side { kDevice, kPinned, kPageable };

/// height rows of width bytes, their starts `pitch` bytes apart.
struct Copy {
  char* destination = nullptr;
  size_t destination_pitch = 0;
  const char* source = nullptr;
  size_t source_pitch = 0;
  size_t width = 0;
  size_t height = 1;
  Side to = Side::kPageable;
  Side from = Side::kPageable;
};

Side side_of(const void* pointer) {
  const Allocation block = find_allocation(pointer);
  if (block.bytes == 0) return Side::kPageable;
  return block.device == kPinnedHost ? Side::kPinned : Side::kDevice;
}

bool fits(const char* start, size_t pitch, const Copy& copy) {
  const Allocation block = find_allocation(start);
  const char* const end = start + pitch * (copy.height - 1) + copy.width;
  return block.bytes != 0 && end <= block.data + block.bytes;
}

/// What is wrong with the addresses, or "".
std::string find_problem(const Copy& copy, cudaMemcpyKind kind) {
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  const auto at = [](const void* pointer) {
    const std::string where = describe_device_address(pointer);
    return where.empty() ? format("%p", pointer) : where;
  };
  if (kind != cudaMemcpyDefault && to_device != (copy.to == Side::kDevice))
    return "the destination is " + at(copy.destination) + ", against the copy's kind";
  if (kind != cudaMemcpyDefault && from_device != (copy.from == Side::kDevice))
    return "the source is " + at(copy.source) + ", against the copy's kind";
  const size_t rows = copy.height;
  if (copy.to != Side::kPageable && !fits(copy.destination, copy.destination_pitch, copy))
    return format("%zu x %zu bytes do not fit at ", rows, copy.width) + at(copy.destination);
  if (copy.from != Side::kPageable && !fits(copy.source, copy.source_pitch, copy))
    return format("%zu x %zu bytes do not lie at ", rows, copy.width) + at(copy.source);
  return "";
}

void check_written(Device& device, const Copy& copy) {
  if (!settings().check_copies || copy.from != Side::kDevice || copy.to == Side::kDevice) return;
  for (size_t row = 0; row < copy.height; ++row) {
    const char* const start = copy.source + row * copy.source_pitch;
    const char* first = nullptr;
    const size_t words = count_poison(start, copy.width, settings().poison, &first);
    if (words == 0) continue;
    return device.fail(
        cudaErrorIllegalAddress,
        format("a copy to the host reads %zu words never written, the first one ", words) +
            describe_device_address(first));
  }
}

void execute(Device& device, const Copy& copy) {
  if ((copy.to == Side::kDevice && !fits(copy.destination, copy.destination_pitch, copy)) ||
      (copy.from == Side::kDevice && !fits(copy.source, copy.source_pitch, copy)))
    return device.fail(cudaErrorIllegalAddress, "a queued copy finds its memory freed");
  check_written(device, copy);
  for (size_t row = 0; row < copy.height; ++row)
    std::memmove(copy.destination + row * copy.destination_pitch,
                 copy.source + row * copy.source_pitch, copy.width);
  device.counters.bytes_copied += copy.width * copy.height;
}

/// Reads pageable host memory now: afterwards its owner may change it.
std::function<void()> with_snapshot(Device& device, Copy copy) {
  auto bytes = std::make_shared<std::vector<char>>(copy.width * copy.height);
  for (size_t row = 0; row < copy.height; ++row)
    std::memcpy(bytes->data() + row * copy.width, copy.source + row * copy.source_pitch,
                copy.width);
  copy.source = bytes->data();
  copy.source_pitch = copy.width;
  return [&device, copy, bytes] { execute(device, copy); };
}

cudaError_t queue_copy(Copy copy, cudaMemcpyKind kind, cudaStream_t stream, bool waits) {
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault)
      return cudaErrorInvalidMemcpyDirection;
    if (copy.width == 0 || copy.height == 0) return cudaSuccess;
    if (copy.source_pitch < copy.width || copy.destination_pitch < copy.width)
      return cudaErrorInvalidPitchValue;
    if (copy.destination == nullptr || copy.source == nullptr) return cudaErrorInvalidValue;
    if (waits)
      if (const cudaError_t error = forbidden_while_capturing(device)) return error;
    copy.to = side_of(copy.destination);
    copy.from = side_of(copy.source);
    const std::string problem = find_problem(copy, kind);
    if (!problem.empty()) return device.refuse(cudaErrorInvalidValue, "copy: " + problem);
    const bool snapshot = copy.from == Side::kPageable && !waits && queue.capture == nullptr;
    const cudaError_t error = snapshot
                                  ? device.queue(queue, with_snapshot(device, copy))
                                  : device.queue(queue, [&device, copy] { execute(device, copy); });
    if (error != cudaSuccess || queue.capture != nullptr) return error;
    if (waits || copy.to == Side::kPageable)
      device.wait_for({queue.shared_from_this(), queue.queued});
    return device.failed;
  });
}

Copy rows_of(void* destination, size_t destination_pitch, const void* source, size_t source_pitch,
             size_t width, size_t height) {
  Copy copy;
  copy.destination = static_cast<char*>(destination);
  copy.destination_pitch = destination_pitch;
  copy.source = static_cast<const char*>(source);
  copy.source_pitch = source_pitch;
  copy.width = width;
  copy.height = height;
  return copy;
}

}  // namespace
}  // namespace cuda_emulation

using namespace cuda_emulation;

cudaError_t cudaMemcpy(void* destination, const void* source, size_t bytes, cudaMemcpyKind kind) {
  return queue_copy(rows_of(destination, bytes, source, bytes, bytes, 1), kind, nullptr, true);
}

cudaError_t cudaMemcpyAsync(void* destination, const void* source, size_t bytes,
                            cudaMemcpyKind kind, cudaStream_t stream) {
  return queue_copy(rows_of(destination, bytes, source, bytes, bytes, 1), kind, stream, false);
}

cudaError_t cudaMemcpy2D(void* destination, size_t destination_pitch, const void* source,
                         size_t source_pitch, size_t width, size_t height, cudaMemcpyKind kind) {
  return queue_copy(rows_of(destination, destination_pitch, source, source_pitch, width, height),
                    kind, nullptr, true);
}

cudaError_t cudaMemcpy2DAsync(void* destination, size_t destination_pitch, const void* source,
                              size_t source_pitch, size_t width, size_t height, cudaMemcpyKind kind,
                              cudaStream_t stream) {
  return queue_copy(rows_of(destination, destination_pitch, source, source_pitch, width, height),
                    kind, stream, false);
}

cudaError_t cudaMemset(void* pointer, int value, size_t bytes) {
  return cudaMemsetAsync(pointer, value, bytes, nullptr);
}

cudaError_t cudaMemsetAsync(void* pointer, int value, size_t bytes, cudaStream_t stream) {
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    if (bytes == 0) return cudaSuccess;
    Copy fill = rows_of(pointer, bytes, pointer, bytes, bytes, 1);
    if (side_of(pointer) == Side::kPageable || !fits(fill.destination, bytes, fill))
      return device.refuse(cudaErrorInvalidValue,
                           format("memset: %zu bytes do not fit at %p ", bytes, pointer) +
                               describe_device_address(pointer));
    return device.queue(queue, [&device, fill, value] {
      if (!fits(fill.destination, fill.width, fill))
        return device.fail(cudaErrorIllegalAddress, "a queued memset finds its memory freed");
      std::memset(fill.destination, value, fill.width);
    });
  });
}
