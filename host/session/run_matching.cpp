#include "host/session/run_matching.h"

#include <algorithm>

namespace edgesweep {

RunMatching::RunMatching(const std::vector<RunSpec>& runs, const std::vector<InputHash>& inputs)
    : runs_(runs), inputs_(inputs) {
  for (const InputHash& input : inputs) hash_of_path_.emplace(input.path, input.sha256);
  for (size_t run = 0; run < runs.size(); ++run) run_of_id_.emplace(runs[run].id, run);
}

std::optional<size_t> RunMatching::with_id(const std::string& id,
                                           const std::vector<InputHash>& inputs) const {
  const auto found = run_of_id_.find(id);
  if (found == run_of_id_.end()) return std::nullopt;
  const bool same = std::all_of(inputs.begin(), inputs.end(), [&](const InputHash& input) {
    const auto known = hash_of_path_.find(input.path);
    return known != hash_of_path_.end() && known->second == input.sha256;
  });
  return same ? std::optional(found->second) : std::nullopt;
}

std::vector<size_t> RunMatching::computing(const std::string& resolved_json,
                                           const std::vector<InputHash>& inputs) {
  if (identities_.empty())
    for (size_t run = 0; run < runs_.size(); ++run) {
      RunIdentity identity = run_identity(runs_[run].config.json(), inputs_);
      std::string key = identity.key;
      identities_.emplace(std::move(key), std::pair(run, std::move(identity)));
    }
  const RunIdentity wanted = run_identity(resolved_json, inputs);
  const auto [first, last] = identities_.equal_range(wanted.key);
  std::vector<size_t> found;
  for (auto entry = first; entry != last; ++entry)
    if (compute_the_same(entry->second.second, wanted)) found.push_back(entry->second.first);
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace edgesweep
