#include "host/engine/processors.h"

#include <algorithm>
#include <cerrno>

namespace edgesweep {
namespace {

/// More CPUs than any kernel can be built for.
constexpr size_t kMostProcessors = size_t{1} << 22;

/// Room for at least `processors` CPUs, none of them set. CPU_ALLOC gives the same, to be freed.
std::vector<cpu_set_t> room_for(size_t processors) {
  constexpr size_t kEach = CPU_SETSIZE;
  std::vector<cpu_set_t> sets((processors + kEach - 1) / kEach);
  CPU_ZERO_S(sets.size() * sizeof(cpu_set_t), sets.data());
  return sets;
}

}  // namespace

std::optional<std::vector<int>> processors_of(pid_t thread, const AffinityCall& ask) {
  for (size_t room = CPU_SETSIZE; room <= kMostProcessors; room *= 2) {
    std::vector<cpu_set_t> sets = room_for(room);
    const size_t bytes = sets.size() * sizeof(cpu_set_t);
    if (ask(thread, bytes, sets.data()) != 0) {
      if (errno == EINVAL) continue;  // the system has more CPUs
      return std::nullopt;
    }
    std::vector<int> processors;
    for (size_t i = 0; i < room; ++i)
      if (CPU_ISSET_S(i, bytes, sets.data())) processors.push_back(static_cast<int>(i));
    return processors;
  }
  return std::nullopt;
}

bool set_processors(pid_t thread, const std::vector<int>& processors) {
  if (processors.empty()) return false;
  const auto last = static_cast<size_t>(*std::max_element(processors.begin(), processors.end()));
  std::vector<cpu_set_t> sets = room_for(last + 1);
  const size_t bytes = sets.size() * sizeof(cpu_set_t);
  for (const int processor : processors)
    CPU_SET_S(static_cast<size_t>(processor), bytes, sets.data());
  return sched_setaffinity(thread, bytes, sets.data()) == 0;
}

}  // namespace edgesweep
