#pragma once

// Stands in for TBB's header of this name: one thread. Results do not depend on their number.
namespace tbb {

template <typename Index, typename Body>
void parallel_for(Index first, Index last, const Body& body) {
  for (Index i = first; i < last; ++i) body(i);
}

}  // namespace tbb
