// Streams and events.
#include <chrono>

#include "machine.h"

/// Where an event was last recorded. Operations in queues may outlive it.
struct CUevent_st {
  using Clock = std::chrono::steady_clock;

  bool has_timing = true;
  bool recorded = false;
  cuda_emulation::StreamPoint point;
  cuda_emulation::Device* device = nullptr;
  std::shared_ptr<Clock::time_point> time = std::make_shared<Clock::time_point>();
  std::shared_ptr<cuda_emulation::Capture> capture;  ///< recorded in a graph in the making
  std::vector<size_t> captured_nodes;
};

namespace cuda_emulation {
namespace {

bool is_event(cudaEvent_t event) { return LiveHandles::contains(event, "event"); }

/// Makes the stream part of the capture in which the event was recorded.
cudaError_t join_capture(Device& device, CUstream_st& stream, const CUevent_st& event) {
  if (stream.capture != nullptr && stream.capture != event.capture)
    return device.refuse(cudaErrorStreamCaptureMerge, "two captures meet in one stream");
  if (!stream.operations.empty() && stream.capture == nullptr) device.wait_for_everything();
  stream.capture = event.capture;
  stream.frontier.insert(stream.frontier.end(), event.captured_nodes.begin(),
                         event.captured_nodes.end());
  return cudaSuccess;
}

cudaError_t wait_for_event(Device& device, CUstream_st& stream, const CUevent_st& event) {
  if (event.capture != nullptr) return join_capture(device, stream, event);
  if (!event.recorded) return cudaSuccess;
  if (stream.capture != nullptr)
    return device.refuse(cudaErrorStreamCaptureIsolation,
                         "a captured stream waits for an event outside the graph");
  // Another device's work is finished at once: each device has a lock and a queue of its own.
  if (event.device != &device) {
    std::lock_guard guard(event.device->mutex);
    event.device->wait_for(event.point);
    return cudaSuccess;
  }
  return device.queue(stream, Operation{[] {}, {event.point}});
}

/// Runs `body` with the lock of the device where the event was recorded.
cudaError_t with_event(cudaEvent_t event, const std::function<cudaError_t(Device&)>& body) {
  if (!is_event(event)) return note(cudaErrorInvalidResourceHandle);
  if (!event->recorded) return cudaSuccess;
  if (event->capture != nullptr) return note(cudaErrorCapturedEvent);
  std::lock_guard guard(event->device->mutex);
  if (event->device->failed != cudaSuccess) return note(event->device->failed);
  return note(body(*event->device));
}

}  // namespace
}  // namespace cuda_emulation

using namespace cuda_emulation;

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int flags) {
  return with_device([&](Device& device) {
    if (stream == nullptr || flags > cudaStreamNonBlocking) return cudaErrorInvalidValue;
    *stream = device.add_stream(flags == cudaStreamDefault).get();
    LiveHandles::add(*stream, "stream");
    return cudaSuccess;
  });
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  if (!LiveHandles::remove(stream, "stream")) return note(cudaErrorInvalidResourceHandle);
  Device& device = *stream->device;
  std::lock_guard guard(device.mutex);
  device.wait_for({stream->shared_from_this(), stream->queued});
  device.remove_stream(*stream);
  return note(device.failed);
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return with_stream(stream, [](Device& device, CUstream_st& queue) {
    if (queue.capture != nullptr) {
      queue.capture->failed = cudaErrorStreamCaptureInvalidated;
      return device.refuse(cudaErrorStreamCaptureUnsupported,
                           "cudaStreamSynchronize on a stream that captures a graph");
    }
    device.wait_for({queue.shared_from_this(), queue.queued});
    return device.failed;
  });
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return with_stream(stream, [](Device& device, CUstream_st& queue) {
    const StreamPoint end{queue.shared_from_this(), queue.queued};
    if (end.reached()) return cudaSuccess;
    device.advance(end);
    return device.failed != cudaSuccess ? device.failed : cudaErrorNotReady;
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned int) {
  if (!is_event(event)) return note(cudaErrorInvalidResourceHandle);
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    return wait_for_event(device, queue, *event);
  });
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, void (*function)(void*), void* argument) {
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    return device.queue(queue, [function, argument] { function(argument); });
  });
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int flags) {
  return with_device([&](Device&) {
    *event = new CUevent_st;
    (*event)->has_timing = (flags & cudaEventDisableTiming) == 0;
    LiveHandles::add(*event, "event");
    return cudaSuccess;
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  if (!LiveHandles::remove(event, "event")) return note(cudaErrorInvalidResourceHandle);
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (!is_event(event)) return note(cudaErrorInvalidResourceHandle);
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    event->recorded = true;
    event->device = &device;
    event->capture = queue.capture;
    event->captured_nodes = queue.frontier;
    if (queue.capture != nullptr) return cudaSuccess;
    auto time = event->time = std::make_shared<CUevent_st::Clock::time_point>();
    const cudaError_t error = device.queue(queue, [time] { *time = CUevent_st::Clock::now(); });
    event->point = {queue.shared_from_this(), queue.queued};
    return error;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return with_event(event, [&](Device& device) {
    device.wait_for(event->point);
    return device.failed;
  });
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  return with_event(event, [&](Device& device) {
    if (event->point.reached()) return cudaSuccess;
    device.advance(event->point);
    return device.failed != cudaSuccess ? device.failed : cudaErrorNotReady;
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (!is_event(start) || !is_event(end)) return note(cudaErrorInvalidResourceHandle);
  if (!start->has_timing || !end->has_timing || !start->recorded || !end->recorded)
    return note(cudaErrorInvalidResourceHandle);
  return with_event(end, [&](Device&) {
    if (!start->point.reached() || !end->point.reached()) return cudaErrorNotReady;
    *milliseconds = std::chrono::duration<float, std::milli>(*end->time - *start->time).count();
    return cudaSuccess;
  });
}
