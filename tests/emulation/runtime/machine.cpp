#include "machine.h"

#include <cstring>
#include <map>
#include <mutex>

#include "device_memory.h"
#include "settings.h"
#include "spin_lock.h"

namespace cuda_emulation {
namespace {

struct Machine {
  Settings settings;
  bool has_driver = true;
  std::vector<std::unique_ptr<Device>> devices;
  SpinLock handles_lock;
  std::map<const void*, const char*> handles;

  Machine() { set_up(!driver_is_missing_in_environment(), devices_from_environment()); }

  void set_up(bool driver, const std::vector<VirtualDevice>& limits) {
    settings = settings_from_environment();
    has_driver = driver;
    handles.clear();
    devices.clear();
    release_all_memory();
    for (const VirtualDevice& limit : limits)
      devices.push_back(std::make_unique<Device>(static_cast<int>(devices.size()), limit));
    for (const PlannedFault& fault : faults_from_environment()) plan(fault);
  }

  void plan(const PlannedFault& fault) {
    if (fault.device >= static_cast<int>(devices.size())) return;
    Device& device = *devices[static_cast<size_t>(fault.device)];
    if (fault.kind == "allocation") device.allocations_until_failure = fault.number;
    if (fault.kind == "launch") device.kernels_until_failure = fault.number;
    if (fault.kind == "lost") device.kernels_until_loss = fault.number;
    if (fault.kind == "call") device.calls_until_loss = fault.number;
  }
};

// Never destroyed: objects that live longer than main() may still call.
Machine& machine() {
  static Machine& only = *new Machine;
  return only;
}

thread_local constinit int current_device = 0;
thread_local constinit cudaError_t last_error = cudaSuccess;

}  // namespace

Settings& settings() { return machine().settings; }

void reset() { machine().set_up(!driver_is_missing_in_environment(), devices_from_environment()); }
void reset(const std::vector<VirtualDevice>& devices) { machine().set_up(true, devices); }
void reset_without_driver() { machine().set_up(false, {}); }

cudaError_t machine_state() {
  if (!machine().has_driver) return cudaErrorInsufficientDriver;
  return machine().devices.empty() ? cudaErrorNoDevice : cudaSuccess;
}

int device_count() { return static_cast<int>(machine().devices.size()); }

Device* device_at(int number) {
  const bool exists = number >= 0 && number < device_count();
  return exists ? machine().devices[static_cast<size_t>(number)].get() : nullptr;
}

int current_device_number() { return current_device; }
void set_current_device_number(int number) { current_device = number; }

cudaError_t note(cudaError_t error) {
  if (error != cudaSuccess && error != cudaErrorNotReady) last_error = error;
  return error;
}

cudaError_t with_device(const DeviceBody& body) {
  if (const cudaError_t error = machine_state()) return note(error);
  Device* const device = device_at(current_device);
  if (device == nullptr) return note(cudaErrorInvalidDevice);
  std::lock_guard guard(device->mutex);
  if (const cudaError_t error = device->begin_call()) return note(error);
  return note(body(*device));
}

cudaError_t with_stream(cudaStream_t stream, const StreamBody& body) {
  if (stream == nullptr)
    return with_device([&](Device& device) { return body(device, *device.default_stream()); });
  if (!LiveHandles::contains(stream, "stream")) return note(cudaErrorInvalidResourceHandle);
  Device& device = *stream->device;
  std::lock_guard guard(device.mutex);
  if (const cudaError_t error = device.begin_call()) return note(error);
  return note(body(device, *stream));
}

cudaError_t forbidden_while_capturing(Device& device) {
  if (device.active_captures == 0) return cudaSuccess;
  return device.refuse(cudaErrorStreamCaptureUnsupported,
                       "a call that CUDA forbids while a stream captures a graph");
}

void LiveHandles::add(const void* handle, const char* type) {
  std::lock_guard guard(machine().handles_lock);
  machine().handles[handle] = type;
}

bool LiveHandles::contains(const void* handle, const char* type) {
  std::lock_guard guard(machine().handles_lock);
  const auto found = machine().handles.find(handle);
  return found != machine().handles.end() && std::strcmp(found->second, type) == 0;
}

bool LiveHandles::remove(const void* handle, const char* type) {
  if (!contains(handle, type)) return false;
  std::lock_guard guard(machine().handles_lock);
  return machine().handles.erase(handle) != 0;
}

size_t live_handles() {
  std::lock_guard guard(machine().handles_lock);
  return machine().handles.size();
}

}  // namespace cuda_emulation

cudaError_t cudaPeekAtLastError() {
  using namespace cuda_emulation;
  const Device* const device = device_at(current_device);
  return device != nullptr && device->failed != cudaSuccess ? device->failed : last_error;
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = cudaPeekAtLastError();
  cuda_emulation::last_error = cudaSuccess;
  return error;
}

#define CUDA_EMULATED_NAME(name, value, text) \
  case name:                                  \
    return #name;
#define CUDA_EMULATED_TEXT(name, value, text) \
  case name:                                  \
    return text;

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) { CUDA_EMULATED_ERRORS(CUDA_EMULATED_NAME) }
  return "unrecognized error code";
}

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) { CUDA_EMULATED_ERRORS(CUDA_EMULATED_TEXT) }
  return "unrecognized error code";
}
