#pragma once
// What device code sees without including anything: keywords, thread indices, barriers.

#include <cstddef>

#include "emulated/vector_types.h"

#define __host__
#define __device__
#define __global__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __grid_constant__

// Set by the emulation whenever it switches threads. A CUDA thread stays on one host thread.
extern thread_local constinit uint3 threadIdx;
extern thread_local constinit uint3 blockIdx;
extern thread_local constinit dim3 blockDim;
extern thread_local constinit dim3 gridDim;
inline constexpr int warpSize = 32;

namespace cuda_emulation {

enum class BarrierKind { kPlain, kCount, kAnd, kOr };

/// Waits until every thread of the block has come to this very barrier.
int block_barrier(BarrierKind kind, bool predicate, const char* file, int line);

/// A static shared array: one object of static storage duration for each declaration.
struct SharedArray {
  const char* name;
  const char* file;
  int line;
  size_t bytes;
  size_t alignment;
  int number = 0;  ///< given by the emulation at the first use, from 1
};

/// The running block's storage of a static shared array.
void* shared_array(SharedArray& array);
/// The running block's dynamic shared memory, aligned to 16 bytes.
void* dynamic_shared();
/// Stops the launch with cudaErrorLaunchFailure.
[[noreturn]] void trap(const char* file, int line);

}  // namespace cuda_emulation

// The last arguments are the place of the call; callers leave them out.

inline void __syncthreads(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  using namespace cuda_emulation;
  block_barrier(BarrierKind::kPlain, false, file, line);
}

inline int __syncthreads_count(int predicate, const char* file = __builtin_FILE(),
                               int line = __builtin_LINE()) {
  using namespace cuda_emulation;
  return block_barrier(BarrierKind::kCount, predicate != 0, file, line);
}

inline int __syncthreads_and(int predicate, const char* file = __builtin_FILE(),
                             int line = __builtin_LINE()) {
  using namespace cuda_emulation;
  return block_barrier(BarrierKind::kAnd, predicate != 0, file, line);
}

inline int __syncthreads_or(int predicate, const char* file = __builtin_FILE(),
                            int line = __builtin_LINE()) {
  using namespace cuda_emulation;
  return block_barrier(BarrierKind::kOr, predicate != 0, file, line);
}

inline void __trap(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  cuda_emulation::trap(file, line);
}

inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
