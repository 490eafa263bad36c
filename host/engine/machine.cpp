#include "host/engine/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

namespace edgesweep {
namespace {

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

/// Folders of the process's control group and of those around it, innermost first. Its line is
/// "0::/path"; inside a container the path may not exist, and the outermost folder is the
/// container's.
std::vector<std::string> group_folders(const SystemFiles& files) {
  std::string path;
  std::ifstream own(files.own_groups);
  for (std::string line; std::getline(own, line);)
    if (line.rfind("0::/", 0) == 0) path = line.substr(3);
  std::vector<std::string> folders;
  for (; path.size() > 1; path.erase(path.rfind('/'))) folders.push_back(files.groups + path);
  folders.push_back(files.groups);
  return folders;
}

/// "max PERIOD" or "QUOTA PERIOD", in microseconds.
double processors_of_group(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  double quota = 0;
  double period = 0;
  if (file >> quota >> period && quota > 0 && period > 0) return quota / period;
  return kNoLimit;
}

/// "max" or bytes.
double memory_of_group(const std::string& folder) {
  std::ifstream file(folder + "/memory.max");
  double limit = 0;
  if (file >> limit && limit > 0) return limit;
  return kNoLimit;
}

double least(double (*limit_of)(const std::string&), const SystemFiles& files) {
  double result = kNoLimit;
  for (const std::string& folder : group_folders(files))
    result = std::min(result, limit_of(folder));
  return result;
}

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

cpu_set_t usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) CPU_SET(0, &set);
  return set;
}

}  // namespace

int available_threads(const SystemFiles& files) {
  const cpu_set_t usable = usable_processors();
  const double processors = CPU_COUNT(&usable);
  return std::max(
      1, static_cast<int>(std::min(processors, std::ceil(least(processors_of_group, files)))));
}

double physical_memory_bytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double available_memory_bytes(const SystemFiles& files) {
  constexpr double kShare = 0.8;  // the rest is for the system and its caches
  double available = physical_memory_bytes();
  std::ifstream file("/proc/meminfo");
  for (std::string name; file >> name;) {
    double kibibytes = 0;
    if (name == "MemAvailable:" && file >> kibibytes) available = 1024 * kibibytes;
  }
  return kShare * std::min(available, least(memory_of_group, files));
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos)
      return line.substr(colon + 2);
  }
  return "unknown processor";
}

std::vector<std::vector<int>> usable_nodes(const SystemFiles& files) {
  const cpu_set_t usable = usable_processors();
  std::string online;
  std::ifstream(files.nodes + "/online") >> online;
  std::vector<std::vector<int>> nodes;
  for (const int node : numbers_of(online)) {
    std::string list;
    std::ifstream(files.nodes + "/node" + std::to_string(node) + "/cpulist") >> list;
    std::vector<int> processors;
    for (const int processor : numbers_of(list))
      if (processor < CPU_SETSIZE && CPU_ISSET(static_cast<size_t>(processor), &usable))
        processors.push_back(processor);
    if (!processors.empty()) nodes.push_back(std::move(processors));
  }
  return nodes;
}

}  // namespace edgesweep
