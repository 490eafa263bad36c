#pragma once
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/engine/cuda/cuda_check.h"

namespace edgesweep {

/// Device memory of `size` elements that somebody else owns. Copies are queued on a stream; the
/// host memory must stay until the stream has been waited for.
template <typename T>
class DeviceArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  DeviceArray() = default;
  DeviceArray(T* data, size_t size) : data_(data), size_(size) {}

  T* data() const { return data_; }
  size_t size() const { return size_; }

  void upload(const std::vector<T>& values, cudaStream_t stream,
              std::source_location where = std::source_location::current()) const {
    if (values.empty()) return;
    check_cuda(cudaMemcpyAsync(data_, values.data(), values.size() * sizeof(T),
                               cudaMemcpyHostToDevice, stream),
               "cudaMemcpyAsync to the device", where);
  }
  /// values: filled up to their size from the first element on, once the stream is done.
  void download(std::vector<T>& values, cudaStream_t stream,
                std::source_location where = std::source_location::current()) const {
    if (values.empty()) return;
    check_cuda(cudaMemcpyAsync(values.data(), data_, values.size() * sizeof(T),
                               cudaMemcpyDeviceToHost, stream),
               "cudaMemcpyAsync to the host", where);
  }

 protected:
  T* data_ = nullptr;
  size_t size_ = 0;
};

/// Device memory that this object owns.
template <typename T>
class DeviceBuffer : public DeviceArray<T> {
 public:
  DeviceBuffer() = default;
  /// Contents are undefined. size 0: no memory, data() is null.
  explicit DeviceBuffer(size_t size, std::source_location where = std::source_location::current()) {
    if (size > 0) check_cuda(cudaMalloc(&this->data_, size * sizeof(T)), "cudaMalloc", where);
    this->size_ = size;
  }
  DeviceBuffer(const std::vector<T>& values, cudaStream_t stream,
               std::source_location where = std::source_location::current())
      : DeviceBuffer(values.size(), where) {
    this->upload(values, stream, where);
  }
  ~DeviceBuffer() {
    // A destructor cannot throw; a lost device fails later.
    if (this->data_ != nullptr) cudaFree(this->data_);
  }
  DeviceBuffer(DeviceBuffer&& other) noexcept { swap(other); }
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    swap(other);
    return *this;
  }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

 private:
  void swap(DeviceBuffer& other) noexcept {
    std::swap(this->data_, other.data_);
    std::swap(this->size_, other.size_);
  }
};

/// What allocate(count) returns; where there is no memory for that, for half as much, down to one.
/// `count` becomes what it is for. Throws DeviceError when there is none for one.
template <typename Allocate>
auto allocate_fewer(int& count, const Allocate& allocate) {
  for (;; count /= 2) {
    try {
      return allocate(count);
    } catch (const DeviceError& error) {
      if (!error.out_of_memory() || count == 1) throw;
    }
  }
}

/// The same of memory for pieces of `each` elements.
template <typename T>
DeviceBuffer<T> allocate_pieces(int& count, int64_t each) {
  return allocate_fewer(
      count, [&](int pieces) { return DeviceBuffer<T>(static_cast<size_t>(pieces * each)); });
}

/// A stream of one device, owned.
class DeviceStream {
 public:
  DeviceStream() {
    check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking),
               "cudaStreamCreateWithFlags");
  }
  ~DeviceStream() { cudaStreamDestroy(stream_); }
  DeviceStream(const DeviceStream&) = delete;
  DeviceStream& operator=(const DeviceStream&) = delete;
  operator cudaStream_t() const { return stream_; }  // NOLINT(google-explicit-constructor)
  void wait(std::source_location where = std::source_location::current()) const {
    check_cuda(cudaStreamSynchronize(stream_), "cudaStreamSynchronize", where);
  }

 private:
  cudaStream_t stream_ = nullptr;
};

/// A point in a stream whose time is taken when the device gets there.
class DeviceEvent {
 public:
  DeviceEvent() { check_cuda(cudaEventCreate(&event_), "cudaEventCreate"); }
  ~DeviceEvent() { cudaEventDestroy(event_); }
  DeviceEvent(const DeviceEvent&) = delete;
  DeviceEvent& operator=(const DeviceEvent&) = delete;
  void record(cudaStream_t stream) {
    check_cuda(cudaEventRecord(event_, stream), "cudaEventRecord");
  }
  /// Both recorded on a stream that has been waited for since.
  static double seconds_between(const DeviceEvent& first, const DeviceEvent& second) {
    float milliseconds = 0;
    check_cuda(cudaEventElapsedTime(&milliseconds, first.event_, second.event_),
               "cudaEventElapsedTime");
    return 1e-3 * static_cast<double>(milliseconds);
  }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace edgesweep
