#pragma once
// Copies from device to shared memory that a thread starts and waits for later
// (cp.async from sm_80 on; before, and in the emulation, they are done at
// once). What other threads copied is there after they have waited and all have
// met at a barrier.

#include "kernels/portability.cuh"

#if !defined(CUDA_EMULATED)
#include <cuda_pipeline_primitives.h>
#endif

namespace edgesweep {

/// Starts to copy kFloats (1 or 4) floats; both ends are aligned to them.
template <int kFloats>
EDGESWEEP_DEVICE void copy_async(float* shared, const float* from) {
#if defined(CUDA_EMULATED)
  for (int i = 0; i < kFloats; ++i) shared[i] = from[i];
#else
  __pipeline_memcpy_async(shared, from, kFloats * sizeof(float));
#endif
}

/// Waits for all copies that this thread has started.
EDGESWEEP_DEVICE void wait_for_copies() {
#if !defined(CUDA_EMULATED)
  __pipeline_commit();
  __pipeline_wait_prior(0);
#endif
}

}  // namespace edgesweep
