#pragma once
#include <functional>
#include <memory>

#include "host/engine/run/backend.h"
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

/// Executes on `first`; when that throws DeviceError, the runs that are not finished go on with
/// `second` from the last checkpoint of each, and end with the same bits. notice: told the error's
/// text before that.
std::unique_ptr<Backend> make_fallback_backend(std::unique_ptr<Backend> first,
                                               std::unique_ptr<Backend> second,
                                               std::function<void(const std::string&)> notice);

}  // namespace edgesweep
