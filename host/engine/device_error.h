#pragma once
#include "host/error.h"

namespace edgesweep {

/// A device failed: out of memory, a launch that did not end, a device that is gone. The run can go
/// on elsewhere from its last checkpoint (`--fallback`).
class DeviceError : public SystemError {
 public:
  DeviceError(const std::string& message, bool out_of_memory)
      : SystemError(message), out_of_memory_(out_of_memory) {}
  /// Nothing is broken: fewer networks at once may fit.
  bool out_of_memory() const { return out_of_memory_; }

 private:
  bool out_of_memory_;
};

}  // namespace edgesweep
