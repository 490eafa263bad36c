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
  int major = 0, minor = 0;  ///< compute capability

  /// Fused multiply-adds a second at the peak, to compare devices with.
  double speed() const;
  /// "7.5"
  std::string compute_capability() const;
};

/// Single-precision lanes of a multiprocessor (CUDA C++ Programming Guide).
int single_precision_lanes(int major, int minor);

/// Published figures of "h100" (SXM, 80 GB), "a100" (SXM, 80 GB), "rtx4090", "v100" (SXM2, 16 GB)
/// and "t4". Throws InputError for another name.
DeviceLimits known_device(const std::string& name);
/// Their names, and as a list: "h100, a100, ...".
std::vector<std::string> known_devices();
std::string known_devices_text();

}  // namespace edgesweep
