#pragma once
#include <functional>
#include <memory>

#include "host/engine/backend.h"

namespace edgesweep {

/// Executes on `first`; when that throws DeviceError, the runs that are not finished go on with
/// `second` from the last checkpoint of each, and end with the same bits. notice: told the error's
/// text before that.
std::unique_ptr<Backend> make_fallback_backend(std::unique_ptr<Backend> first,
                                               std::unique_ptr<Backend> second,
                                               std::function<void(const std::string&)> notice);

}  // namespace edgesweep
