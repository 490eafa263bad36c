#include "host/cli/backend_choice.h"

#include <fmt/format.h>

#include <cstdio>

#include "host/cli/terminal.h"
#include "host/engine/backends.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/plan/machine.h"
#include "host/engine/run/fallback_backend.h"
#include "host/error.h"

namespace edgesweep {

std::string ChosenBackend::text() const {
  return backend->name() + ": " + backend->device() +
         (why_no_gpu.empty() ? "" : " (no GPU: " + why_no_gpu + ")");
}

void print_notice(const std::string& text) { print_message("edgesweep: " + text + "\n"); }

int threads_to_use(int option) {
  if (option > 0) return option;
  const ThreadCount count = count_threads();
  if (!count.note.empty()) print_notice(count.note);
  return count.threads;
}

ChosenBackend choose_backend(const BackendOptions& options) {
  if (options.name != "auto" && options.name != "cpu" && options.name != "cuda")
    throw InputError("", "--backend", "\"" + options.name + "\"", "auto, cpu, cuda");
  force_instruction_set(options.instruction_set);
  const int threads = threads_to_use(options.threads);
  const auto memory = static_cast<double>(options.memory);
  if (options.name == "cpu") return {make_cpu_backend(threads, memory, print_notice), ""};
  const CudaDevices found = find_cuda_devices();
  if (found.devices.empty()) {
    if (options.name == "cuda")
      throw InputError("", "--backend", "\"cuda\" without a GPU (" + found.why_none + ")",
                       "auto, cpu; both give the same bits");
    return {make_cpu_backend(threads, memory, print_notice), found.why_none};
  }
  std::unique_ptr<Backend> cuda = make_cuda_backend(threads, memory, print_notice);
  if (!options.fallback) return {std::move(cuda), ""};
  const auto notice = [](const std::string& error) {
    print_message("edgesweep: " + error + "\nedgesweep: continuing on the CPU (--fallback)\n");
  };
  return {make_fallback_backend(std::move(cuda), make_cpu_backend(threads, memory, print_notice),
                                notice),
          ""};
}

}  // namespace edgesweep
