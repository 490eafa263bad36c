#include <fmt/format.h>

#include "host/cli/commands.h"
#include "host/cli/units.h"
#include "host/engine/backend.h"
#include "host/engine/cpu/simd.h"

namespace edgesweep {

int devices_command() {
  std::string sets;
  for (const std::string& name : instruction_sets()) sets += (sets.empty() ? "" : ", ") + name;
  fmt::print("cpu   {}\n", processor_name());
  fmt::print("      threads this process may use: {}\n", available_threads());
  fmt::print("      instruction sets, best first: {} (all give the same bits)\n", sets);
  fmt::print("      memory: {}\n", with_prefix(physical_memory_bytes(), "B"));
  fmt::print("cuda  not in this build\n");
  return 0;
}

}  // namespace edgesweep
