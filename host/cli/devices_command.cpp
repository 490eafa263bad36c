#include <fmt/format.h>

#include "host/cli/commands.h"
#include "host/cli/terminal.h"
#include "host/engine/backends.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/plan/machine.h"
#include "host/engine/run/backend.h"
#include "host/text.h"

namespace edgesweep {

int devices_command() {
  std::string sets;
  for (const std::string& name : instruction_sets()) sets += (sets.empty() ? "" : ", ") + name;
  print_output("cpu   {}\n", processor_name());
  const ThreadCount count = count_threads();
  print_output("      threads this process may use: {} ({})\n", count.threads, count.source);
  if (!count.note.empty()) print_output("      {}\n", count.note);
  print_output("      instruction sets, best first: {} (all give the same bits)\n", sets);
  print_output("      memory: {}\n", with_prefix(physical_memory_bytes(), "B"));
  const CudaDevices found = find_cuda_devices();
  if (found.devices.empty()) print_output("cuda  none: {}\n", found.why_none);
  for (size_t i = 0; i < found.devices.size(); ++i) {
    const DeviceLimits& device = found.devices[i];
    print_output("cuda  {}: {}, {} multiprocessors, {} of memory, {} of shared memory per block\n",
                 i, device.name, device.multiprocessors,
                 with_prefix(static_cast<double>(device.memory), "B"),
                 with_prefix(static_cast<double>(device.shared_per_block), "B"));
  }
  return 0;
}

}  // namespace edgesweep
