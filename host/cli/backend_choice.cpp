#include "host/cli/backend_choice.h"

#include <fmt/format.h>

#include <cstdio>

#include "host/engine/cpu/simd.h"
#include "host/engine/cuda_backend.h"
#include "host/engine/fallback_backend.h"
#include "host/error.h"

namespace edgesweep {

std::unique_ptr<Backend> choose_backend(const BackendOptions& options) {
  if (options.name != "auto" && options.name != "cpu" && options.name != "cuda")
    throw InputError("", "--backend", "\"" + options.name + "\"", "auto, cpu, cuda");
  force_instruction_set(options.instruction_set);
  if (options.name == "cpu") return make_cpu_backend(options.threads);
  const CudaDevices found = find_cuda_devices();
  if (found.devices.empty()) {
    if (options.name == "cuda")
      throw InputError("", "--backend", "\"cuda\" without a GPU (" + found.why_none + ")",
                       "auto, cpu; both give the same bits");
    if (!options.quiet) fmt::print(stderr, "Using the CPU: {}.\n", found.why_none);
    return make_cpu_backend(options.threads);
  }
  std::unique_ptr<Backend> cuda = make_cuda_backend();
  if (!options.fallback) return cuda;
  return make_fallback_backend(
      std::move(cuda), make_cpu_backend(options.threads), [](const std::string& error) {
        fmt::print(stderr, "edgesweep: {}\nedgesweep: going on on the CPU (--fallback)\n", error);
      });
}

}  // namespace edgesweep
