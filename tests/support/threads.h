#pragma once
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

namespace edgesweep::testing {

/// Calls f in an arena of exactly that many threads, also when the machine has fewer processors.
template <typename F>
void with_threads(int threads, const F& f) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<size_t>(threads));
  tbb::task_arena arena(threads);
  arena.execute(f);
}

}  // namespace edgesweep::testing
