#pragma once
// What one element does is written once, for CUDA and for plain C++20. This header is the only
// place that knows which of the two compiles it.

#if defined(__CUDACC__)
#define EDGESWEEP_HD __host__ __device__ __forceinline__
#define EDGESWEEP_DEVICE __device__ __forceinline__
#define EDGESWEEP_UNROLL _Pragma("unroll")
#else
#define EDGESWEEP_HD inline
#define EDGESWEEP_DEVICE inline
#define EDGESWEEP_UNROLL
#endif

#include <cmath>
#include <cstdint>

namespace edgesweep {

/// One fused multiply-add, x * y + z rounded once. Never a multiply and an add:
/// docs/model-exactness.md#exact-arithmetic.
EDGESWEEP_HD float fused_multiply_add(float x, float y, float z) { return ::fmaf(x, y, z); }

}  // namespace edgesweep
