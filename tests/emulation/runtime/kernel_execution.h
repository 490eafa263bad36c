#pragma once
#include "device.h"
#include "emulated/kernel_launch.h"

namespace cuda_emulation {

/// Executes all blocks of a launch now. The device's memory is open; a failure breaks the device.
void execute_kernel(Device& device, const KernelLaunch& launch);

/// The device addresses that are host memory of the calling program, among a launch's arguments:
/// a message, or "".
std::string find_host_argument(const Device& device, const KernelLaunch& launch);

}  // namespace cuda_emulation
