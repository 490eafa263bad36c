#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace edgesweep {

/// What a plan needs to know of a GPU. Sizes in bytes.
struct DeviceLimits {
  std::string name;
  int multiprocessors = 0;
  int64_t shared_per_block = 0;  ///< most that one block may ask for (opt-in)
  int64_t shared_per_multiprocessor = 0;
  int64_t shared_reserved_per_block = 1024;
  int registers_per_multiprocessor = 65536;
  int64_t memory = 0;
  int64_t l2 = 0;
  // For estimates of time only; 0: unknown.
  int single_precision_lanes = 0;  ///< fused multiply-adds per cycle and multiprocessor
  double clock_hertz = 0;          ///< boost
  double memory_bytes_per_second = 0;
};

/// Published figures of "h100" (SXM, 80 GB), "a100" (SXM, 80 GB) and "rtx4090". Throws InputError
/// for another name.
DeviceLimits known_device(const std::string& name);
std::vector<std::string> known_devices();

}  // namespace edgesweep
