#include "host/engine/cuda/device_arena.h"

#include <algorithm>

namespace edgesweep {
namespace {

constexpr size_t kAlignment = 256;
constexpr size_t kLeastBlock = size_t{64} << 10;

}  // namespace

void* DeviceArena::take_bytes(size_t bytes) {
  if (bytes == 0) return nullptr;
  if (apart_) {
    single_.emplace_back(bytes);
    return single_.back().data();
  }
  const size_t taken = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  const bool fits = !blocks_.empty() && blocks_.back().used + taken <= blocks_.back().memory.size();
  Block& block = fits ? blocks_.back() : add_block(taken);
  void* const place = block.memory.data() + block.used;
  block.used += taken;
  return place;
}

/// Twice what there is, or what was used last time; where there is no memory for so much, no more
/// than is needed now.
DeviceArena::Block& DeviceArena::add_block(size_t bytes) {
  const size_t more = std::max({bytes, kLeastBlock, blocks_.empty() ? wanted_ : held_bytes()});
  try {
    blocks_.push_back({DeviceBuffer<char>(more), 0});
  } catch (const DeviceError& error) {
    if (!error.out_of_memory() || more == bytes) throw;
    blocks_.push_back({DeviceBuffer<char>(bytes), 0});
  }
  return blocks_.back();
}

void DeviceArena::give_back() {
  cudaStreamSynchronize(stream_);  // a destructor cannot throw; a lost device fails later
  single_.clear();
  if (blocks_.size() > 1) {  // one block the next time
    wanted_ = used_bytes();
    blocks_.clear();
  }
  for (Block& block : blocks_) block.used = 0;
}

void DeviceArena::release() {
  blocks_.clear();
  wanted_ = 0;
}

int64_t DeviceArena::idle_bytes() const {
  return static_cast<int64_t>(held_bytes() - used_bytes());
}

size_t DeviceArena::held_bytes() const {
  size_t bytes = 0;
  for (const Block& block : blocks_) bytes += block.memory.size();
  return bytes;
}

size_t DeviceArena::used_bytes() const {
  size_t bytes = 0;
  for (const Block& block : blocks_) bytes += block.used;
  return bytes;
}

}  // namespace edgesweep
