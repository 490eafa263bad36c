#pragma once
#include <cstddef>

// Stands in for TBB's header of this name: one thread, nothing to control.
namespace tbb {

class global_control {
 public:
  enum parameter { max_allowed_parallelism };
  global_control(parameter, size_t) {}
};

}  // namespace tbb
