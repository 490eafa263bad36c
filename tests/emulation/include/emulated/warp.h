#pragma once
// Warp collectives. Every thread that the mask names and that exists must come to the same call
// with the same mask. As on the device, only __syncwarp orders memory accesses.

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "emulated/device_builtins.h"

namespace cuda_emulation {

enum class WarpOperation { kSync, kShuffle, kShuffleUp, kShuffleDown, kShuffleXor, kBallot };

/// Waits for the lanes of `mask` and returns the calling lane's result. `operand` and `width` as in
/// __shfl_sync.
uint64_t warp_collective(WarpOperation operation, unsigned int mask, uint64_t value, int operand,
                         int width, const char* file, int line);

template <typename T>
T shuffle(WarpOperation operation, unsigned int mask, T value, int operand, int width,
          const char* file, int line) {
  static_assert(std::is_arithmetic_v<T> && sizeof(T) <= sizeof(uint64_t));
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = warp_collective(operation, mask, bits, operand, width, file, line);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

}  // namespace cuda_emulation

#define CUDA_EMULATED_SHUFFLE(name, operation, operand_type)                                      \
  template <typename T>                                                                           \
  T name(unsigned int mask, T value, operand_type operand, int width = warpSize,                  \
         const char* file = __builtin_FILE(), int line = __builtin_LINE()) {                      \
    using namespace cuda_emulation;                                                               \
    return shuffle(WarpOperation::operation, mask, value, static_cast<int>(operand), width, file, \
                   line);                                                                         \
  }

CUDA_EMULATED_SHUFFLE(__shfl_sync, kShuffle, int)
CUDA_EMULATED_SHUFFLE(__shfl_up_sync, kShuffleUp, unsigned int)
CUDA_EMULATED_SHUFFLE(__shfl_down_sync, kShuffleDown, unsigned int)
CUDA_EMULATED_SHUFFLE(__shfl_xor_sync, kShuffleXor, int)
#undef CUDA_EMULATED_SHUFFLE

inline void __syncwarp(unsigned int mask = 0xffffffffu, const char* file = __builtin_FILE(),
                       int line = __builtin_LINE()) {
  using namespace cuda_emulation;
  warp_collective(WarpOperation::kSync, mask, 0, 0, warpSize, file, line);
}

inline unsigned int __ballot_sync(unsigned int mask, int predicate,
                                  const char* file = __builtin_FILE(),
                                  int line = __builtin_LINE()) {
  using namespace cuda_emulation;
  return static_cast<unsigned int>(
      warp_collective(WarpOperation::kBallot, mask, predicate != 0, 0, warpSize, file, line));
}

inline int __any_sync(unsigned int mask, int predicate, const char* file = __builtin_FILE(),
                      int line = __builtin_LINE()) {
  return __ballot_sync(mask, predicate, file, line) != 0;
}

inline int __all_sync(unsigned int mask, int predicate, const char* file = __builtin_FILE(),
                      int line = __builtin_LINE()) {
  return __ballot_sync(mask, !predicate, file, line) == 0;
}
