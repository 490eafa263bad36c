// Stream capture and graphs. A launch executes the captured operations again, in any order that
// their dependencies allow.
#include "machine.h"

struct CUgraph_st {
  std::vector<cuda_emulation::GraphNode> nodes;
};

struct CUgraphExec_st {
  cuda_emulation::Device* device = nullptr;
  /// Shared with launches in queues, which may outlive the handle.
  std::shared_ptr<const std::vector<cuda_emulation::GraphNode>> nodes;
};

namespace cuda_emulation {
namespace {

/// Does every captured operation happen before the end of the origin's work?
bool all_joined(const Capture& capture, const std::vector<size_t>& frontier) {
  std::vector<bool> joined(capture.nodes.size(), false);
  for (const size_t node : frontier) joined[node] = true;
  for (size_t node = capture.nodes.size(); node-- > 0;) {
    if (!joined[node]) return false;
    for (const size_t needed : capture.nodes[node].needs) joined[needed] = true;
  }
  return true;
}

/// Executes the nodes, each after those it needs.
void execute_graph(Device& device, const std::vector<GraphNode>& nodes) {
  std::vector<size_t> missing(nodes.size());
  std::vector<std::vector<size_t>> followers(nodes.size());
  std::vector<size_t> ready;
  for (size_t node = 0; node < nodes.size(); ++node) {
    missing[node] = nodes[node].needs.size();
    for (const size_t needed : nodes[node].needs) followers[needed].push_back(node);
    if (missing[node] == 0) ready.push_back(node);
  }
  while (!ready.empty() && device.failed == cudaSuccess) {
    const size_t place = device.choose(ready.size());
    const size_t node = ready[place];
    ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(place));
    nodes[node].execute();
    for (const size_t follower : followers[node])
      if (--missing[follower] == 0) ready.push_back(follower);
  }
}

void leave_capture(Device& device, const std::shared_ptr<Capture>& capture) {
  device.for_each_stream([&](CUstream_st& stream) {
    if (stream.capture != capture) return;
    stream.capture = nullptr;
    stream.frontier.clear();
  });
  if (!capture->relaxed) --device.active_captures;
}

}  // namespace
}  // namespace cuda_emulation

using namespace cuda_emulation;

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    if (queue.is_default || queue.capture != nullptr)
      return device.refuse(cudaErrorStreamCaptureUnsupported,
                           "the default stream, or one that captures already, cannot capture");
    queue.capture = std::make_shared<Capture>();
    queue.capture->origin = &queue;
    queue.capture->relaxed = mode == cudaStreamCaptureModeRelaxed;
    queue.frontier.clear();
    if (!queue.capture->relaxed) ++device.active_captures;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    const std::shared_ptr<Capture> capture = queue.capture;
    if (capture == nullptr) return cudaErrorInvalidValue;
    if (capture->origin != &queue) return cudaErrorStreamCaptureUnmatched;
    const bool joined = all_joined(*capture, queue.frontier);
    leave_capture(device, capture);
    *graph = nullptr;
    if (capture->failed != cudaSuccess) return capture->failed;
    if (!joined)
      return device.refuse(cudaErrorStreamCaptureUnjoined,
                           "a stream that joined the capture was not waited for");
    *graph = new CUgraph_st{std::move(capture->nodes)};
    LiveHandles::add(*graph, "graph");
    return cudaSuccess;
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  return with_device([&](Device& device) {
    if (!LiveHandles::contains(graph, "graph")) return cudaErrorInvalidValue;
    *executable =
        new CUgraphExec_st{&device, std::make_shared<const std::vector<GraphNode>>(graph->nodes)};
    LiveHandles::add(*executable, "executable graph");
    return cudaSuccess;
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    if (!LiveHandles::contains(executable, "executable graph")) return cudaErrorInvalidValue;
    if (executable->device != &device)
      return device.refuse(cudaErrorInvalidValue, "a graph of another device");
    return device.queue(queue,
                        [&device, nodes = executable->nodes] { execute_graph(device, *nodes); });
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  if (!LiveHandles::remove(graph, "graph")) return note(cudaErrorInvalidValue);
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  if (!LiveHandles::remove(executable, "executable graph")) return note(cudaErrorInvalidValue);
  delete executable;
  return cudaSuccess;
}
