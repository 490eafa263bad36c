#include "host/cli/backend_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

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

namespace {

constexpr const char* kGpusAllowed = "numbers with commas, as `edgesweep devices` shows them";

/// "0,2"
std::vector<int> gpu_numbers(const std::string& text) {
  std::vector<int> numbers;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    int number = -1;
    const auto [next, error] = std::from_chars(at, end, number);
    const bool last = next == end;
    if (error != std::errc() || number < 0 || (!last && (*next != ',' || next + 1 == end)))
      throw InputError("", "--gpus", "\"" + text + "\"", kGpusAllowed);
    if (std::find(numbers.begin(), numbers.end(), number) != numbers.end())
      throw InputError("", "--gpus", fmt::format("\"{}\" with {} twice", text, number),
                       "each number once");
    numbers.push_back(number);
    at = last ? end : next + 1;
  }
  return numbers;
}

std::string numbers_text(const std::vector<CudaDevice>& devices) {
  std::string text;
  for (const CudaDevice& device : devices)
    text += (text.empty() ? "" : ", ") + std::to_string(device.number);
  return text.empty() ? "none" : text;
}

/// The variable hides GPUs and gives the rest new numbers.
std::string visible_devices_text() {
  const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
  return visible == nullptr
             ? ""
             : fmt::format(" (of those that CUDA_VISIBLE_DEVICES={} leaves, from 0 on)", visible);
}

/// Every GPU that was asked for must exist and be able to run the program.
void check_gpus(const std::vector<int>& numbers, const CudaDevices& found) {
  if (found.count == 0)
    throw InputError("", "--gpus",
                     fmt::format("{} without a GPU ({})", fmt::join(numbers, ","), found.why_none),
                     "--backend cpu, with the same bits");
  for (const int number : numbers)
    if (number >= found.count)
      throw InputError("", "--gpus", std::to_string(number),
                       (found.count == 1 ? "0" : fmt::format("0 to {}", found.count - 1)) +
                           visible_devices_text());
  for (const CudaDevice& device : found.devices)
    if (!device.can_run())
      throw InputError(
          "", "--gpus",
          fmt::format("{}, {}: {}", device.number, device.limits.name, device.why_left_out),
          numbers_text(find_cuda_devices().usable()));
}

/// Looks at the GPUs that were asked for, or at all, and names those that are left out.
CudaDevices chosen_gpus(const std::vector<int>& numbers) {
  CudaDevices found = find_cuda_devices(numbers);
  if (!numbers.empty())
    check_gpus(numbers, found);
  else if (!found.usable().empty())
    for (const CudaDevice& device : found.devices)
      if (!device.can_run())
        print_notice(fmt::format("GPU {}, {}, is left out: {}", device.number, device.limits.name,
                                 device.why_left_out));
  return found;
}

}  // namespace

ChosenBackend choose_backend(const BackendOptions& options) {
  if (options.name != "auto" && options.name != "cpu" && options.name != "cuda")
    throw InputError("", "--backend", "\"" + options.name + "\"", "auto, cpu, cuda");
  force_instruction_set(options.instruction_set);
  const int threads = threads_to_use(options.threads);
  const auto memory = static_cast<double>(options.memory);
  const std::vector<int> numbers = gpu_numbers(options.gpus);
  if (options.name == "cpu" && !numbers.empty())
    throw InputError("", "--gpus", "\"" + options.gpus + "\" with --backend cpu",
                     "--backend cuda or auto");
  if (options.name == "cpu") return {make_cpu_backend(threads, memory, print_notice), ""};
  const CudaDevices found = chosen_gpus(numbers);
  if (found.usable().empty()) {
    if (options.name == "cuda")
      throw InputError("", "--backend", "\"cuda\" without a GPU (" + found.why_none + ")",
                       "auto, cpu; both give the same bits");
    return {make_cpu_backend(threads, memory, print_notice), found.why_none};
  }
  std::unique_ptr<Backend> cuda = make_cuda_backend(threads, print_notice, 1, numbers);
  if (!options.fallback) return {std::move(cuda), ""};
  const auto notice = [](const std::string& error) {
    print_message("edgesweep: " + error + "\nedgesweep: continuing on the CPU (--fallback)\n");
  };
  return {make_fallback_backend(std::move(cuda), make_cpu_backend(threads, memory, print_notice),
                                notice),
          ""};
}

}  // namespace edgesweep
