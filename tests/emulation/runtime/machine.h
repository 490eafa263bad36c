#pragma once
// The virtual machine: its devices, the calling host thread's view of them, and live handles.

#include <functional>
#include <memory>
#include <vector>

#include "device.h"

namespace cuda_emulation {

/// Notes an error as this host thread's last, and returns it.
cudaError_t note(cudaError_t error);

/// cudaErrorNoDevice, cudaErrorInsufficientDriver or cudaSuccess.
cudaError_t machine_state();
int device_count();
/// nullptr for a number out of range.
Device* device_at(int number);
int current_device_number();
void set_current_device_number(int number);

using DeviceBody = std::function<cudaError_t(Device&)>;
using StreamBody = std::function<cudaError_t(Device&, CUstream_st&)>;

/// Runs `body` with the current device locked, unless that has failed; notes the result.
cudaError_t with_device(const DeviceBody& body);
/// The same for a stream's device; nullptr: the current device's default stream. A stream that does
/// not exist is cudaErrorInvalidResourceHandle.
cudaError_t with_stream(cudaStream_t stream, const StreamBody& body);
/// Calls that CUDA forbids while a stream of the device captures begin with this.
cudaError_t forbidden_while_capturing(Device& device);

/// Handles of one type that exist.
class LiveHandles {
 public:
  static void add(const void* handle, const char* type);
  static bool contains(const void* handle, const char* type);
  /// false: there was none.
  static bool remove(const void* handle, const char* type);
};

}  // namespace cuda_emulation
