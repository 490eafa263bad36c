// The functions behind device code: they ask the block that runs on this host thread.
#include <cstdio>
#include <cstdlib>

#include "block.h"
#include "text.h"

namespace cuda_emulation {
namespace {

Block& running_block() {
  Block* const block = Block::running();
  if (block != nullptr) return *block;
  std::fputs("emulation: device code was called outside a kernel\n", stderr);
  std::abort();
}

}  // namespace

int block_barrier(BarrierKind kind, bool predicate, const char* file, int line) {
  return running_block().barrier(kind, predicate, {file, line});
}

uint64_t warp_collective(WarpOperation operation, unsigned int mask, uint64_t value, int operand,
                         int width, const char* file, int line) {
  return running_block().collective(operation, mask, value, operand, width, {file, line});
}

void* shared_array(SharedArray& array) {
  Block& block = running_block();
  void* const data = block.shared().array(array);
  if (data == nullptr)
    block.fail(cudaErrorLaunchFailure, "finds no room in the emulation for another shared array");
  return data;
}

void* dynamic_shared() { return running_block().shared().dynamic(); }

void trap(const char* file, int line) {
  running_block().fail(cudaErrorLaunchFailure, format("stopped at __trap(), %s:%d", file, line));
}

}  // namespace cuda_emulation
