#include <fmt/format.h>

#include "host/cli/commands.h"
#include "host/cli/terminal.h"
#include "host/engine/backends.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/plan/machine.h"
#include "host/engine/run/backend.h"
#include "host/text.h"

namespace edgesweep {

namespace {

std::string bytes(int64_t count) { return with_prefix(static_cast<double>(count), "B"); }

void print_gpus(const CudaDevices& found) {
  for (const CudaDevice& device : found.devices) {
    const DeviceLimits& limits = device.limits;
    print_output("cuda  {}: {}, compute capability {}, {} multiprocessors\n", device.number,
                 limits.name, limits.compute_capability(), limits.multiprocessors);
    print_output("      memory: {}{}; {} of shared memory per block\n", bytes(limits.memory),
                 device.can_run() ? ", of which " + bytes(device.free_memory) + " are free" : "",
                 bytes(limits.shared_per_block));
    if (!device.can_run()) print_output("      left out: {}\n", device.why_left_out);
  }
  const std::vector<CudaDevice> usable = found.usable();
  if (found.devices.empty()) print_output("cuda  none: {}\n", found.why_none);
  if (usable.empty()) {
    print_output("used by default: cpu\n");
    return;
  }
  double speed = 0;
  for (const CudaDevice& device : usable) speed += device.limits.speed();
  std::string used;
  for (const CudaDevice& device : usable)
    used += fmt::format("{}cuda {}", used.empty() ? "" : ", ", device.number) +
            (usable.size() > 1
                 ? fmt::format(" ({:.0f} % of the work)", 100 * device.limits.speed() / speed)
                 : "");
  print_output("used by default: {}\n", used);
}

}  // namespace

int devices_command() {
  std::string sets;
  for (const std::string& name : instruction_sets()) sets += (sets.empty() ? "" : ", ") + name;
  print_output("cpu   {}\n", processor_name());
  const ThreadCount count = count_threads();
  print_output("      threads this process may use: {} ({})\n", count.threads, count.source);
  if (!count.note.empty()) print_output("      {}\n", count.note);
  print_output("      instruction sets, best first: {} (all give the same bits)\n", sets);
  print_output("      memory: {}\n", with_prefix(physical_memory_bytes(), "B"));
  print_gpus(find_cuda_devices());
  return 0;
}

}  // namespace edgesweep
