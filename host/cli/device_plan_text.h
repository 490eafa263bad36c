#pragma once
#include <string>
#include <vector>

#include "host/engine/plan/sweep_plan.h"

namespace edgesweep {

/// What a GPU would hold where for a sweep, and the time to expect. device: a known name, or
/// "auto" for this machine's first that can run the program. Throws InputError for an unknown name
/// or no GPU, SystemError when not even one network fits.
std::string device_plan_text(const SettingsOfRun& settings_of, const SweepPlan& plan,
                             const std::string& device);

}  // namespace edgesweep
