#include <algorithm>
#include <vector>

#include "host/error.h"
#include "host/results/results_file.h"

namespace edgesweep {
namespace {

constexpr size_t kMostNamed = 5;

std::string named(const std::vector<const StoredRun*>& runs) {
  std::string text;
  for (size_t i = 0; i < std::min(runs.size(), kMostNamed); ++i)
    text += (i == 0 ? "" : ", ") + runs[i]->result.id;
  return runs.size() > kMostNamed ? text + ", ..." : text;
}

}  // namespace

const StoredRun& find_run(const StoredSweep& sweep, const std::string& prefix,
                          const std::string& file) {
  std::vector<const StoredRun*> all;
  std::vector<const StoredRun*> matching;
  for (const StoredRun& run : sweep.runs) {
    all.push_back(&run);
    if (!prefix.empty() && run.result.id.starts_with(prefix)) matching.push_back(&run);
  }
  if (matching.size() == 1) return *matching.front();
  if (matching.size() > 1)
    throw InputError(file, "--run",
                     "\"" + prefix + "\", the start of " + std::to_string(matching.size()) + " ids",
                     "more letters: " + named(matching));
  const auto distance = [&](const StoredRun* run) {
    return edit_distance(prefix, run->result.id.substr(0, prefix.size()));
  };
  std::stable_sort(all.begin(), all.end(), [&](const StoredRun* a, const StoredRun* b) {
    return distance(a) < distance(b);
  });
  throw InputError(file, "--run", "\"" + prefix.substr(0, 64) + "\", no run of the file",
                   all.empty() ? "a file with finished runs"
                               : "an id of the file or its start; nearest: " + named(all));
}

}  // namespace edgesweep
