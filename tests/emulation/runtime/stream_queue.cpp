// The queues of a device: what may execute next, and in which order.
#include "device.h"
#include "device_memory.h"
#include "emulated/control.h"

namespace cuda_emulation {
namespace {

bool is_ready(const CUstream_st& stream) {
  if (stream.operations.empty()) return false;
  for (const StreamPoint& wait : stream.operations.front().waits)
    if (!wait.reached()) return false;
  return true;
}

/// Adds the operation to the stream's graph in the making.
void capture(CUstream_st& stream, Operation operation) {
  std::vector<GraphNode>& nodes = stream.capture->nodes;
  nodes.push_back({std::move(operation.execute), stream.frontier});
  stream.frontier = {nodes.size() - 1};
}

}  // namespace

std::shared_ptr<CUstream_st> Device::add_stream(bool blocking) {
  auto stream = std::make_shared<CUstream_st>();
  stream->device = this;
  stream->blocking = blocking;
  streams_.push_back(stream);
  return stream;
}

void Device::remove_stream(CUstream_st& stream) {
  std::erase_if(streams_, [&](const auto& other) { return other.get() == &stream; });
}

void Device::for_each_stream(const std::function<void(CUstream_st&)>& body) {
  for (const auto& stream : streams_) body(*stream);
}

cudaError_t Device::queue(CUstream_st& stream, std::function<void()> execute) {
  return queue(stream, Operation{std::move(execute), {}});
}

cudaError_t Device::queue(CUstream_st& stream, Operation operation) {
  if (stream.capture != nullptr) {
    capture(stream, std::move(operation));
    return cudaSuccess;
  }
  if (const cudaError_t error = add_legacy_waits(stream, operation)) return error;
  stream.operations.push_back(std::move(operation));
  ++stream.queued;
  // Under a seed the device now and then really is as fast as the host.
  if (settings().seed != 0 && choose(4) == 0) {
    const std::vector<CUstream_st*> ready = ready_streams();
    with_open_memory([&] { execute_front(*ready[choose(ready.size())]); });
  }
  return cudaSuccess;
}

/// The default stream and the blocking ones wait for each other's earlier work.
cudaError_t Device::add_legacy_waits(CUstream_st& stream, Operation& operation) {
  if (!stream.blocking) return cudaSuccess;
  for (const auto& other : streams_) {
    if (other.get() == &stream || !other->blocking) continue;
    if (!stream.is_default && !other->is_default) continue;
    if (stream.is_default && other->capture != nullptr) {
      other->capture->failed = cudaErrorStreamCaptureInvalidated;
      return refuse(cudaErrorStreamCaptureImplicit,
                    "work for the default stream while a blocking stream captures a graph");
    }
    operation.waits.push_back({other, other->queued});
  }
  return cudaSuccess;
}

std::vector<CUstream_st*> Device::ready_streams() {
  std::vector<CUstream_st*> ready;
  for (const auto& stream : streams_)
    if (is_ready(*stream)) ready.push_back(stream.get());
  return ready;
}

CUstream_st& Device::needed_for(const StreamPoint& point) {
  CUstream_st* stream = point.stream.get();
  while (!is_ready(*stream)) {
    for (const StreamPoint& wait : stream->operations.front().waits)
      if (!wait.reached()) {
        stream = wait.stream.get();
        break;
      }
  }
  return *stream;
}

void Device::execute_front(CUstream_st& stream) {
  const Operation operation = std::move(stream.operations.front());
  stream.operations.pop_front();
  if (failed == cudaSuccess) operation.execute();
  ++stream.done;
}

void Device::advance(const StreamPoint& point) {
  if (point.reached()) return;
  with_open_memory([&] {
    const std::vector<CUstream_st*> ready = ready_streams();
    const bool any = choose(2) != 0;
    execute_front(any ? *ready[choose(ready.size())] : needed_for(point));
  });
}

void Device::wait_for(const StreamPoint& point) {
  if (point.reached()) return;
  with_open_memory([&] {
    while (!point.reached()) advance(point);
  });
}

void Device::wait_for_everything() {
  std::vector<CUstream_st*> ready = ready_streams();
  if (ready.empty()) return;
  with_open_memory([&] {
    for (; !ready.empty(); ready = ready_streams()) execute_front(*ready[choose(ready.size())]);
  });
}

void Device::with_open_memory(const std::function<void()>& work) {
  const bool opens = open_depth_++ == 0 && settings().protect_device_memory;
  if (opens) open_device_memory(number);
  work();
  --open_depth_;
  if (opens) close_device_memory(number);
}

size_t Device::choose(size_t count) {
  const uint64_t seed = settings().seed;
  if (seed == 0) return 0;
  if (seed != random_seed_) random_.seed(seed + static_cast<uint64_t>(number));
  random_seed_ = seed;
  return static_cast<size_t>(random_() % count);
}

}  // namespace cuda_emulation
