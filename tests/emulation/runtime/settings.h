#pragma once
// Settings and virtual devices as the environment gives them; see emulated/control.h.

#include <string>
#include <vector>

#include "emulated/control.h"

namespace cuda_emulation {

/// Throws std::invalid_argument naming a variable that cannot be read.
Settings settings_from_environment();
std::vector<VirtualDevice> devices_from_environment();
/// CUDA_EMULATION_DEVICES=none
bool driver_is_missing_in_environment();

struct PlannedFault {
  std::string kind;  ///< allocation, launch, lost or call
  int number = 0;
  int device = 0;
};
std::vector<PlannedFault> faults_from_environment();

}  // namespace cuda_emulation
