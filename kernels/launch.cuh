#pragma once
// The one way to launch a kernel and to declare shared memory. nvcc compiles them for a GPU, a
// plain C++ compiler for the emulation in tests/emulation (CUDA_EMULATED).

#include <cuda_runtime.h>

#include <cstddef>
#include <tuple>
#include <utility>

namespace edgesweep {

/// Launches `kernel` with the arguments converted to its parameters' types. Returns what the launch
/// itself returns; errors of the execution come from a later call, as always in CUDA.
#if defined(CUDA_EMULATED)
using cuda_emulation::launch;
#else
template <typename... Parameters, typename... Arguments>
[[nodiscard]] cudaError_t launch(void (*kernel)(Parameters...), dim3 grid, dim3 block,
                                 size_t dynamic_shared_bytes, cudaStream_t stream,
                                 Arguments&&... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments), "one argument per parameter");
  std::tuple<Parameters...> values(static_cast<Parameters>(std::forward<Arguments>(arguments))...);
  return std::apply(
      [&](Parameters&... value) {
        void* pointers[] = {static_cast<void*>(&value)..., nullptr};
        return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid, block, pointers,
                                dynamic_shared_bytes, stream);
      },
      values);
}
#endif

}  // namespace edgesweep

/// EDGESWEEP_SHARED(float, tile, 256): a static shared array. Its contents are undefined when a
/// block starts, and `type` has no constructor.
/// EDGESWEEP_DYNAMIC_SHARED(float, scratch): a pointer to the dynamic shared memory of the launch,
/// aligned to 16 bytes. Every use in a kernel gives the same memory.
#if defined(CUDA_EMULATED)
#define EDGESWEEP_SHARED CUDA_EMULATED_SHARED
#define EDGESWEEP_DYNAMIC_SHARED CUDA_EMULATED_DYNAMIC_SHARED
#else
#define EDGESWEEP_SHARED(type, name, count) __shared__ type name[count]
#define EDGESWEEP_DYNAMIC_SHARED(type, name)                                \
  extern __shared__ __align__(16) unsigned char edgesweep_dynamic_shared[]; \
  type* const name = reinterpret_cast<type*>(edgesweep_dynamic_shared)
#endif
