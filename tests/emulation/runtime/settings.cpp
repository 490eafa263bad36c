#include "settings.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace cuda_emulation {
namespace {

std::string variable(const std::string& name) {
  const char* const text = std::getenv(("CUDA_EMULATION_" + name).c_str());
  return text == nullptr ? "" : text;
}

[[noreturn]] void refuse(const std::string& name, const std::string& text) {
  throw std::invalid_argument("CUDA_EMULATION_" + name + "=" + text + " cannot be read");
}

uint64_t number_in(const std::string& name, const std::string& text) {
  const bool hexadecimal = text.starts_with("0x");
  const char* const first = text.data() + (hexadecimal ? 2 : 0);
  const char* const last = text.data() + text.size();
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(first, last, number, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != last) refuse(name, text);
  return number;
}

uint64_t number_or(const std::string& name, uint64_t otherwise) {
  const std::string text = variable(name);
  return text.empty() ? otherwise : number_in(name, text);
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> entries;
  std::istringstream rest(list);
  for (std::string entry; std::getline(rest, entry, ',');) entries.push_back(entry);
  if (list.ends_with(',')) entries.emplace_back();
  return entries;
}

/// A variable with an entry for each device; with more devices the entries begin again.
class DeviceList {
 public:
  explicit DeviceList(const char* name) : name_(name), entries_(split(variable(name))) {}
  size_t size() const { return entries_.size(); }
  std::string text(size_t device, const std::string& otherwise) const {
    const std::string entry = entries_.empty() ? "" : entries_[device % entries_.size()];
    return entry.empty() ? otherwise : entry;
  }
  uint64_t number(size_t device, uint64_t otherwise) const {
    const std::string entry = text(device, "");
    return entry.empty() ? otherwise : number_in(name_, entry);
  }

 private:
  std::string name_;
  std::vector<std::string> entries_;
};

/// "launch:5@1"
PlannedFault fault_in(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) refuse("FAULT", text);
  const size_t at = text.find('@');
  PlannedFault fault;
  fault.kind = text.substr(0, colon);
  if (fault.kind != "allocation" && fault.kind != "launch" && fault.kind != "lost" &&
      fault.kind != "call")
    refuse("FAULT", text);
  fault.number =
      static_cast<int>(number_in("FAULT", text.substr(colon + 1, at - std::min(at, colon + 1))));
  if (at != std::string::npos)
    fault.device = static_cast<int>(number_in("FAULT", text.substr(at + 1)));
  return fault;
}

}  // namespace

VirtualDevice device_profile(const std::string& name) {
  VirtualDevice device;
  device.memory_bus_bits = 5120;
  if (name == "h100") {
    device.name = "Emulated NVIDIA H100 80GB HBM3";
    device.major = 9;
    device.multiprocessors = 132;
    device.memory_bytes = size_t{81559} << 20;
    device.l2_bytes = size_t{50} << 20;
    device.shared_per_multiprocessor = 228 << 10;
    device.clock_kilohertz = 1980000;
    device.memory_clock_kilohertz = 2619000;
  } else if (name == "a100") {
    device.name = "Emulated NVIDIA A100-SXM4-80GB";
    device.major = 8;
    device.multiprocessors = 108;
    device.memory_bytes = size_t{81920} << 20;
    device.l2_bytes = size_t{40} << 20;
    device.shared_per_multiprocessor = 164 << 10;
    device.clock_kilohertz = 1410000;
    device.memory_clock_kilohertz = 1593000;
  } else if (name == "rtx4090") {
    device.name = "Emulated NVIDIA GeForce RTX 4090";
    device.major = 8;
    device.minor = 9;
    device.multiprocessors = 128;
    device.memory_bytes = size_t{24564} << 20;
    device.l2_bytes = size_t{72} << 20;
    device.shared_per_multiprocessor = 100 << 10;
    device.threads_per_multiprocessor = 1536;
    device.blocks_per_multiprocessor = 24;
    device.clock_kilohertz = 2520000;
    device.memory_clock_kilohertz = 10501000;
    device.memory_bus_bits = 384;
  } else if (name == "v100") {
    device.name = "Emulated Tesla V100-SXM2-16GB";
    device.major = 7;
    device.multiprocessors = 80;
    device.memory_bytes = size_t{16160} << 20;
    device.l2_bytes = size_t{6} << 20;
    device.shared_per_multiprocessor = 96 << 10;
    device.shared_reserved_per_block = 0;
    device.clock_kilohertz = 1530000;
    device.memory_clock_kilohertz = 877000;
    device.memory_bus_bits = 4096;
  } else if (name == "t4") {
    device.name = "Emulated Tesla T4";
    device.major = 7;
    device.minor = 5;
    device.multiprocessors = 40;
    device.memory_bytes = size_t{15109} << 20;
    device.l2_bytes = size_t{4} << 20;
    device.shared_per_multiprocessor = 64 << 10;
    device.shared_reserved_per_block = 0;
    device.threads_per_multiprocessor = 1024;
    device.blocks_per_multiprocessor = 16;
    device.clock_kilohertz = 1590000;
    device.memory_clock_kilohertz = 5001000;
    device.memory_bus_bits = 256;
  } else {
    throw std::invalid_argument("no device profile '" + name +
                                "': h100, a100, rtx4090, v100 or t4");
  }
  device.shared_per_block_optin =
      device.shared_per_multiprocessor - device.shared_reserved_per_block;
  return device;
}

Settings settings_from_environment() {
  Settings settings;
  settings.seed = number_or("SEED", settings.seed);
  settings.threads = static_cast<int>(number_or("THREADS", 1));
  settings.poison = static_cast<uint32_t>(number_or("POISON", settings.poison));
  return settings;
}

std::vector<VirtualDevice> devices_from_environment() {
  if (driver_is_missing_in_environment()) return {};
  const DeviceList profiles("DEVICE"), memory("MEMORY"), taken("TAKEN"), shared("SHARED"),
      images("IMAGES");
  const size_t count = number_or("DEVICES", std::max<size_t>(profiles.size(), 1));
  std::vector<VirtualDevice> devices;
  for (size_t i = 0; i < count; ++i) {
    VirtualDevice device = device_profile(profiles.text(i, "h100"));
    device.memory_bytes = memory.number(i, device.memory_bytes);
    device.memory_taken = taken.number(i, 0);
    device.shared_per_block_optin = shared.number(i, device.shared_per_block_optin);
    device.has_kernel_images = images.number(i, 1) != 0;
    devices.push_back(device);
  }
  return devices;
}

bool driver_is_missing_in_environment() { return variable("DEVICES") == "none"; }

std::vector<PlannedFault> faults_from_environment() {
  std::vector<PlannedFault> faults;
  for (const std::string& text : split(variable("FAULT"))) faults.push_back(fault_in(text));
  return faults;
}

}  // namespace cuda_emulation
