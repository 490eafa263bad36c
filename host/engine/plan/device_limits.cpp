#include "host/engine/plan/device_limits.h"

#include "host/error.h"

namespace edgesweep {
namespace {

constexpr int64_t kKib = 1024;
constexpr int64_t kMib = 1024 * kKib;

/// NVIDIA's data sheets and the CUDA C++ Programming Guide's table of compute capabilities.
const DeviceLimits kKnown[] = {
    {"h100", 132, 227 * kKib, 228 * kKib, kKib, 65536, 80'000'000'000, 50 * kMib, 128, 1.98e9,
     3.35e12},
    {"a100", 108, 163 * kKib, 164 * kKib, kKib, 65536, 80'000'000'000, 40 * kMib, 64, 1.41e9,
     2.04e12},
    {"rtx4090", 128, 99 * kKib, 100 * kKib, kKib, 65536, 24'000'000'000, 72 * kMib, 128, 2.52e9,
     1.008e12},
};

}  // namespace

DeviceLimits known_device(const std::string& name) {
  for (const DeviceLimits& device : kKnown)
    if (device.name == name) return device;
  std::string allowed = "auto";
  for (const std::string& known : known_devices()) allowed += ", " + known;
  throw InputError("", "--device", "\"" + name + "\"", allowed,
                   nearest_name(name, known_devices()));
}

std::vector<std::string> known_devices() {
  std::vector<std::string> names;
  for (const DeviceLimits& device : kKnown) names.push_back(device.name);
  return names;
}

}  // namespace edgesweep
