#pragma once
// What kernels are launched with, and their shared memory is declared with, where nvcc's <<<>>>
// and __shared__ do not exist.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "emulated/device_builtins.h"
#include "emulated/runtime_api.h"

namespace cuda_emulation {

/// One kernel launch with its arguments bound.
struct KernelLaunch {
  const void* kernel = nullptr;
  dim3 grid;
  dim3 block;
  size_t dynamic_shared_bytes = 0;
  std::function<void()> run_thread;  ///< calls the kernel once, with its own copy of the arguments
  std::vector<std::vector<uintptr_t>> arguments;  ///< each argument's bytes, as whole words
};

/// Queues a launch. Errors are those that the CUDA runtime finds before it executes anything.
cudaError_t queue_launch(KernelLaunch launch, cudaStream_t stream);

template <typename T>
std::vector<uintptr_t> whole_words(const T& value) {
  std::vector<uintptr_t> words(sizeof(T) / sizeof(uintptr_t));
  T copy = value;
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
  __builtin_clear_padding(&copy);  // an int and what lay behind it would look like an address
#endif
#endif
  if (!words.empty()) std::memcpy(words.data(), &copy, words.size() * sizeof(uintptr_t));
  return words;
}

/// Launches `kernel` with the arguments converted to its parameters' types. Returns what the launch
/// itself returns; errors of the execution come from a later call, as always in CUDA.
template <typename... Parameters, typename... Arguments>
[[nodiscard]] cudaError_t launch(void (*kernel)(Parameters...), dim3 grid, dim3 block,
                                 size_t dynamic_shared_bytes, cudaStream_t stream,
                                 Arguments&&... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments), "one argument per parameter");
  static_assert((std::is_trivially_copyable_v<Parameters> && ...));
  std::tuple<Parameters...> values(static_cast<Parameters>(std::forward<Arguments>(arguments))...);
  KernelLaunch launch;
  launch.kernel = reinterpret_cast<const void*>(kernel);
  launch.grid = grid;
  launch.block = block;
  launch.dynamic_shared_bytes = dynamic_shared_bytes;
  std::apply([&](const Parameters&... value) { launch.arguments = {whole_words(value)...}; },
             values);
  launch.run_thread = [kernel, values] { std::apply(kernel, values); };
  return queue_launch(std::move(launch), stream);
}

}  // namespace cuda_emulation

/// CUDA_EMULATED_SHARED(float, tile, 256): __shared__ float tile[256]. `type` has no constructor.
/// CUDA_EMULATED_DYNAMIC_SHARED(float, scratch): a pointer to the dynamic shared memory of the
/// launch, aligned to 16 bytes. Every use in a kernel gives the same memory.
// NOLINTBEGIN(bugprone-macro-parentheses): types and names
#define CUDA_EMULATED_SHARED(type, name, count)                          \
  static_assert(std::is_trivially_default_constructible_v<type>);        \
  static constinit ::cuda_emulation::SharedArray name##_declaration{     \
      #name, __FILE__, __LINE__, sizeof(type) * (count), alignof(type)}; \
  type(&name)[count] =                                                   \
      *static_cast<type(*)[count]>(::cuda_emulation::shared_array(name##_declaration))
// NOLINTEND(bugprone-macro-parentheses)
#define CUDA_EMULATED_DYNAMIC_SHARED(type, name) \
  type* const name = static_cast<type*>(::cuda_emulation::dynamic_shared())
