#pragma once
// A stream's queue, and what it waits for.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "emulated/streams_api.h"

namespace cuda_emulation {

class Device;

/// A moment of a stream: after its operation number `sequence`, counted from 1.
struct StreamPoint {
  std::shared_ptr<CUstream_st> stream;
  uint64_t sequence = 0;

  bool reached() const;
};

struct Operation {
  std::function<void()> execute;
  std::vector<StreamPoint> waits;
};

/// Operations of a graph and, for each, the earlier ones it needs.
struct GraphNode {
  std::function<void()> execute;
  std::vector<size_t> needs;
};

/// A graph in the making. Streams share it by waiting for each other's events.
struct Capture {
  CUstream_st* origin = nullptr;
  bool relaxed = false;
  cudaError_t failed = cudaSuccess;
  std::vector<GraphNode> nodes;
};

}  // namespace cuda_emulation

struct CUstream_st : std::enable_shared_from_this<CUstream_st> {
  cuda_emulation::Device* device = nullptr;
  bool is_default = false;
  bool blocking = true;  ///< waits for the default stream, and that one for it
  uint64_t queued = 0;
  uint64_t done = 0;
  std::deque<cuda_emulation::Operation> operations;
  std::shared_ptr<cuda_emulation::Capture> capture;
  std::vector<size_t> frontier;  ///< nodes that the next captured operation needs
};

inline bool cuda_emulation::StreamPoint::reached() const {
  return stream == nullptr || stream->done >= sequence;
}
