#pragma once
// The lines by which a source is compiled by nvcc for a GPU as well as by a C++ compiler for the
// emulation: launches and shared memory have one spelling for both. Programs in this folder use
// them; a project that uses the emulation has lines like these of its own.

#include <cuda_runtime.h>

#include <cstddef>
#include <type_traits>

namespace portable {

#if defined(CUDA_EMULATED)
using cuda_emulation::launch;
#else
template <typename... Parameters>
[[nodiscard]] cudaError_t launch(void (*kernel)(Parameters...), dim3 grid, dim3 block,
                                 size_t dynamic_shared_bytes, cudaStream_t stream,
                                 std::type_identity_t<Parameters>... arguments) {
  void* pointers[] = {static_cast<void*>(&arguments)..., nullptr};
  return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid, block, pointers,
                          dynamic_shared_bytes, stream);
}
#endif

}  // namespace portable

#if defined(CUDA_EMULATED)
#define PORTABLE_SHARED CUDA_EMULATED_SHARED
#define PORTABLE_DYNAMIC_SHARED CUDA_EMULATED_DYNAMIC_SHARED
#else
#define PORTABLE_SHARED(type, name, count) __shared__ type name[count]
#define PORTABLE_DYNAMIC_SHARED(type, name)                                \
  extern __shared__ __align__(16) unsigned char portable_dynamic_shared[]; \
  type* const name = reinterpret_cast<type*>(portable_dynamic_shared)
#endif
