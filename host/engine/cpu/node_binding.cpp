#include "host/engine/cpu/node_binding.h"

#include <unistd.h>

namespace edgesweep {

NodeBinding::NodeBinding(tbb::task_arena& arena, std::vector<std::vector<int>> nodes)
    : tbb::task_scheduler_observer(arena) {
  if (nodes.size() < 2) return;
  for (const std::vector<int>& node : nodes) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int processor : node) CPU_SET(static_cast<size_t>(processor), &set);
    node_of_thread_.insert(node_of_thread_.end(), node.size(), set);
  }
  if (static_cast<size_t>(arena.max_concurrency()) >= node_of_thread_.size()) observe(true);
}

// A thread may still be in the arena when the observer goes, and is then told of no exit.
NodeBinding::~NodeBinding() {
  observe(false);
  for (const auto& [thread, processors] : before_)
    sched_setaffinity(thread, sizeof(processors), &processors);
}

// A thread that the system does not let move works where it is: slower, but the same bits.

void NodeBinding::on_scheduler_entry(bool) {
  const int index = tbb::this_task_arena::current_thread_index();
  cpu_set_t processors;
  if (index < 0 || sched_getaffinity(0, sizeof(processors), &processors) != 0) return;
  {
    const std::lock_guard lock(mutex_);
    before_.emplace(gettid(), processors);
  }
  sched_setaffinity(0, sizeof(cpu_set_t),
                    &node_of_thread_[static_cast<size_t>(index) % node_of_thread_.size()]);
}

void NodeBinding::on_scheduler_exit(bool) {
  const std::lock_guard lock(mutex_);
  const auto own = before_.find(gettid());
  if (own == before_.end()) return;
  sched_setaffinity(0, sizeof(own->second), &own->second);
  before_.erase(own);
}

}  // namespace edgesweep
