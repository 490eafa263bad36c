#pragma once
#include "tbb/task_arena.h"

// Stands in for TBB's header of this name: the one thread enters no arena.
namespace tbb {

class task_scheduler_observer {
 public:
  explicit task_scheduler_observer(task_arena&) {}
  virtual ~task_scheduler_observer() = default;
  void observe(bool) {}
  virtual void on_scheduler_entry(bool) {}
  virtual void on_scheduler_exit(bool) {}
};

}  // namespace tbb
