#pragma once
#include <cstdint>
#include <fstream>
#include <string>

namespace edgesweep::testing {

/// Sets the process's peak memory back to what it uses now; false where the kernel does not offer
/// it.
inline bool reset_peak_memory() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5";
  file.close();
  return file.good();
}

/// Most memory in use since the last reset, in bytes.
inline int64_t peak_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    int64_t kibibytes = 0;
    if (word == "VmHWM:" && file >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

}  // namespace edgesweep::testing
