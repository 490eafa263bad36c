#pragma once

// Stands in for TBB's header of this name: one thread.
namespace tbb {

class task_arena {
 public:
  explicit task_arena(int) {}
  int max_concurrency() const { return 1; }
  template <typename Body>
  auto execute(const Body& body) {
    return body();
  }
};

namespace this_task_arena {

inline int max_concurrency() { return 1; }
inline int current_thread_index() { return 0; }

template <typename Body>
auto isolate(const Body& body) {
  return body();
}

}  // namespace this_task_arena
}  // namespace tbb
