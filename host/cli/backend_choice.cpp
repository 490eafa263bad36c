#include "host/cli/backend_choice.h"

#include <fmt/format.h>

#include <cstdio>

#include "host/engine/cpu/simd.h"
#include "host/engine/cuda_backend.h"
#include "host/engine/fallback_backend.h"
#include "host/error.h"

namespace edgesweep {

std::string ChosenBackend::text() const {
  return backend->name() + ": " + backend->device() +
         (why_no_gpu.empty() ? "" : " (no GPU: " + why_no_gpu + ")");
}

ChosenBackend choose_backend(const BackendOptions& options) {
  if (options.name != "auto" && options.name != "cpu" && options.name != "cuda")
    throw InputError("", "--backend", "\"" + options.name + "\"", "auto, cpu, cuda");
  force_instruction_set(options.instruction_set);
  if (options.name == "cpu")
    return {make_cpu_backend(options.threads, static_cast<double>(options.memory)), ""};
  const CudaDevices found = find_cuda_devices();
  if (found.devices.empty()) {
    if (options.name == "cuda")
      throw InputError("", "--backend", "\"cuda\" without a GPU (" + found.why_none + ")",
                       "auto, cpu; both give the same bits");
    return {make_cpu_backend(options.threads, static_cast<double>(options.memory)), found.why_none};
  }
  std::unique_ptr<Backend> cuda = make_cuda_backend();
  if (!options.fallback) return {std::move(cuda), ""};
  const auto notice = [](const std::string& error) {
    fmt::print(stderr, "edgesweep: {}\nedgesweep: going on on the CPU (--fallback)\n", error);
  };
  return {make_fallback_backend(
              std::move(cuda),
              make_cpu_backend(options.threads, static_cast<double>(options.memory)), notice),
          ""};
}

}  // namespace edgesweep
