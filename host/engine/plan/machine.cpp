#include "host/engine/plan/machine.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>

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

namespace {

/// The numbers of a list like "0-3,8,10-11".
std::vector<int> numbers_of(const std::string& list) {
  std::vector<int> result;
  std::istringstream text(list);
  for (std::string piece; std::getline(text, piece, ',');) {
    std::istringstream range(piece);
    int first = 0;
    if (!(range >> first)) continue;
    int last = first;
    if (range.get() == '-') range >> last;
    for (int i = first; i <= last; ++i) result.push_back(i);
  }
  return result;
}

std::vector<int> usable_processors(const SystemAnswers& system) {
  return processors_of(0, system.affinity).value_or(std::vector<int>{0});
}

/// Whole numbers from 1 on.
std::optional<int> processors_in(const std::string& text) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 1) return std::nullopt;
  return number;
}

}  // namespace

ThreadCount count_threads(const SystemAnswers& system) {
  ThreadCount count;
  count.threads = std::max(1, static_cast<int>(usable_processors(system).size()));
  count.source = "affinity";
  const auto take = [&](int threads, const char* source) {
    if (threads >= count.threads) return;
    count.threads = threads;
    count.source = source;
  };
  const double quota = std::ceil(ControlGroups(system.groups).processors());
  if (quota < count.threads)
    take(std::max(1, static_cast<int>(quota)), "CPU quota of the control group");
  if (system.slurm_processors == nullptr) return count;
  if (const std::optional<int> slurm = processors_in(system.slurm_processors))
    take(*slurm, "SLURM_CPUS_PER_TASK");
  else
    count.note = std::string("SLURM_CPUS_PER_TASK is \"") + system.slurm_processors +
                 "\", which is no number of CPUs, and is left aside";
  return count;
}

int available_threads(const SystemAnswers& system) { return count_threads(system).threads; }

double physical_memory_bytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double available_memory_bytes(const SystemAnswers& system) {
  constexpr double kShare = 0.8;  // the rest is for the system and its caches
  double available = physical_memory_bytes();
  std::ifstream file("/proc/meminfo");
  for (std::string name; file >> name;) {
    double kibibytes = 0;
    if (name == "MemAvailable:" && file >> kibibytes) available = 1024 * kibibytes;
  }
  return kShare * std::min(available, ControlGroups(system.groups).memory());
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

std::vector<std::vector<int>> usable_nodes(const SystemAnswers& system) {
  const std::vector<int> usable = usable_processors(system);
  std::string online;
  std::ifstream(system.nodes + "/online") >> online;
  std::vector<std::vector<int>> nodes;
  for (const int node : numbers_of(online)) {
    std::string list;
    std::ifstream(system.nodes + "/node" + std::to_string(node) + "/cpulist") >> list;
    std::vector<int> processors;
    for (const int processor : numbers_of(list))
      if (std::binary_search(usable.begin(), usable.end(), processor))
        processors.push_back(processor);
    if (!processors.empty()) nodes.push_back(std::move(processors));
  }
  return nodes;
}

}  // namespace edgesweep
