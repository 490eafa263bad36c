#pragma once
#include <atomic>

#include "host/engine/observers.h"

namespace edgesweep {

/// Passes everything on, and asks all runs to stop once `failed` is set.
class StopOnError : public ForwardingObserver {
 public:
  StopOnError(RunObserver& inner, const std::atomic<bool>& failed)
      : ForwardingObserver(inner), failed_(failed) {}
  bool stop_requested() override { return failed_.load() || ForwardingObserver::stop_requested(); }

 private:
  const std::atomic<bool>& failed_;
};

}  // namespace edgesweep
