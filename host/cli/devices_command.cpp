#include <fmt/format.h>

#include "host/cli/commands.h"
#include "host/cli/units.h"
#include "host/engine/backend.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/cuda_backend.h"
#include "host/engine/machine.h"

namespace edgesweep {

int devices_command() {
  std::string sets;
  for (const std::string& name : instruction_sets()) sets += (sets.empty() ? "" : ", ") + name;
  fmt::print("cpu   {}\n", processor_name());
  fmt::print("      threads this process may use: {}\n", available_threads());
  fmt::print("      instruction sets, best first: {} (all give the same bits)\n", sets);
  fmt::print("      memory: {}\n", with_prefix(physical_memory_bytes(), "B"));
  const CudaDevices found = find_cuda_devices();
  if (found.devices.empty()) fmt::print("cuda  none: {}\n", found.why_none);
  for (size_t i = 0; i < found.devices.size(); ++i) {
    const DeviceLimits& device = found.devices[i];
    fmt::print("cuda  {}: {}, {} multiprocessors, {} of memory, {} of shared memory per block\n", i,
               device.name, device.multiprocessors,
               with_prefix(static_cast<double>(device.memory), "B"),
               with_prefix(static_cast<double>(device.shared_per_block), "B"));
  }
  return 0;
}

}  // namespace edgesweep
