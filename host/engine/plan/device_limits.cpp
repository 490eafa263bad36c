#include "host/engine/plan/device_limits.h"

#include "host/error.h"

namespace edgesweep {
namespace {

constexpr int64_t kKib = 1024;
constexpr int64_t kMib = 1024 * kKib;

/// NVIDIA's data sheets and the CUDA C++ Programming Guide's table of compute capabilities.
const DeviceLimits kKnown[] = {
    {"h100", 132, 227 * kKib, 228 * kKib, kKib, 65536, 80'000'000'000, 50 * kMib, 128, 1.98e9,
     3.35e12, 9, 0},
    {"a100", 108, 163 * kKib, 164 * kKib, kKib, 65536, 80'000'000'000, 40 * kMib, 64, 1.41e9,
     2.04e12, 8, 0},
    {"rtx4090", 128, 99 * kKib, 100 * kKib, kKib, 65536, 24'000'000'000, 72 * kMib, 128, 2.52e9,
     1.008e12, 8, 9},
    {"v100", 80, 96 * kKib, 96 * kKib, 0, 65536, 16'000'000'000, 6 * kMib, 64, 1.53e9, 9e11, 7, 0},
    {"t4", 40, 64 * kKib, 64 * kKib, 0, 65536, 16'000'000'000, 4 * kMib, 64, 1.59e9, 3.2e11, 7, 5},
};

}  // namespace

double DeviceLimits::speed() const {
  constexpr double kUsualClock = 1.5e9;  // of devices whose driver does not tell
  return multiprocessors * static_cast<double>(single_precision_lanes) *
         (clock_hertz > 0 ? clock_hertz : kUsualClock);
}

std::string DeviceLimits::compute_capability() const {
  return std::to_string(major) + "." + std::to_string(minor);
}

int single_precision_lanes(int major, int minor) {
  return major == 7 || (major == 8 && minor == 0) ? 64 : 128;
}

DeviceLimits known_device(const std::string& name) {
  for (const DeviceLimits& device : kKnown)
    if (device.name == name) return device;
  throw InputError("", "--device", "\"" + name + "\"", "auto, " + known_devices_text(),
                   nearest_name(name, known_devices()));
}

std::vector<std::string> known_devices() {
  std::vector<std::string> names;
  for (const DeviceLimits& device : kKnown) names.push_back(device.name);
  return names;
}

std::string known_devices_text() {
  std::string text;
  for (const DeviceLimits& device : kKnown) text += (text.empty() ? "" : ", ") + device.name;
  return text;
}

}  // namespace edgesweep
