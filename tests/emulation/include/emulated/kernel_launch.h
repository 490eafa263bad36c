#pragma once
// The emulated side of kernels/launch.cuh.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "emulated/runtime_api.h"

namespace edgesweep::emulation {

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

template <typename... Parameters>
cudaError_t launch(void (*kernel)(Parameters...), dim3 grid, dim3 block,
                   size_t dynamic_shared_bytes, cudaStream_t stream,
                   std::tuple<Parameters...> values) {
  static_assert((std::is_trivially_copyable_v<Parameters> && ...));
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

}  // namespace edgesweep::emulation
