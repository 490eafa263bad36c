#pragma once
#include <functional>

namespace edgesweep {

/// Asked now and then by long computations, from any thread; true: stop. Who has said so says so
/// from then on. Null: never.
using StopRequest = std::function<bool()>;

inline bool is_requested(const StopRequest& stop) { return stop && stop(); }

/// Thrown out of a long computation that was asked to stop. Not an error.
struct Stopped {};

}  // namespace edgesweep
