#pragma once
#include <tbb/task_arena.h>
#include <tbb/task_scheduler_observer.h>

#include <map>
#include <mutex>
#include <vector>

#include "host/engine/plan/machine.h"

namespace edgesweep {

/// Keeps every thread of an arena on one NUMA node while it works there, so that the memory it was
/// first to write stays near. A thread may use all CPUs of its node, and gets back the ones it had.
/// Does nothing on a machine of one node, nor for an arena with fewer threads than CPUs: the system
/// knows better which node others leave idle. The arena must live longer.
class NodeBinding : public tbb::task_scheduler_observer {
 public:
  /// nodes: host/engine/plan/machine.h `usable_nodes`.
  NodeBinding(tbb::task_arena& arena, const std::vector<std::vector<int>>& nodes);
  ~NodeBinding() override;
  NodeBinding(const NodeBinding&) = delete;
  NodeBinding& operator=(const NodeBinding&) = delete;

  void on_scheduler_entry(bool is_worker) override;
  void on_scheduler_exit(bool is_worker) override;

 private:
  std::vector<std::vector<int>> nodes_;
  std::vector<size_t> node_of_thread_;  ///< by index in the arena; further ones begin again
  std::mutex mutex_;
  std::map<pid_t, std::vector<int>> before_;  ///< what they may use outside of the arena
};

}  // namespace edgesweep
