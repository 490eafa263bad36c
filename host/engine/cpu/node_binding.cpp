#include "host/engine/cpu/node_binding.h"

#include <unistd.h>

namespace edgesweep {

NodeBinding::NodeBinding(tbb::task_arena& arena, const std::vector<std::vector<int>>& nodes)
    : tbb::task_scheduler_observer(arena) {
  if (nodes.size() < 2) return;
  for (const std::vector<int>& node : nodes) {
    node_of_thread_.insert(node_of_thread_.end(), node.size(), nodes_.size());
    nodes_.push_back(node);
  }
  if (static_cast<size_t>(arena.max_concurrency()) >= node_of_thread_.size()) observe(true);
}

// A thread may still be in the arena when the observer goes, and is then told of no exit.
NodeBinding::~NodeBinding() {
  observe(false);
  for (const auto& [thread, processors] : before_) set_processors(thread, processors);
}

// A thread that the system does not let move works where it is: slower, but the same bits.

void NodeBinding::on_scheduler_entry(bool) {
  const int index = tbb::this_task_arena::current_thread_index();
  std::optional<std::vector<int>> processors = processors_of(0);
  if (index < 0 || !processors) return;
  {
    const std::lock_guard lock(mutex_);
    before_.emplace(gettid(), std::move(*processors));
  }
  set_processors(0, nodes_[node_of_thread_[static_cast<size_t>(index) % node_of_thread_.size()]]);
}

void NodeBinding::on_scheduler_exit(bool) {
  const std::lock_guard lock(mutex_);
  const auto own = before_.find(gettid());
  if (own == before_.end()) return;
  set_processors(0, own->second);
  before_.erase(own);
}

}  // namespace edgesweep
