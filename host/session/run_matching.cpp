#include "host/session/run_matching.h"

#include <algorithm>
#include <map>

#include "host/config/file_settings.h"
#include "host/config/settings_json.h"
#include "host/engine/problem/resolve.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

/// Settings that name files, and their columns.
constexpr struct {
  const char* column;
  const char* pointer;
} kFileSettings[] = {
    {"metric_sequence_file", "/metric_sequence/file"},
    {"metric_sequence_training_file", "/metric_sequence/training_file"},
    {"test_metric_sequence_file", "/test/metric_sequence/file"},
    {"arrivals_file", "/arrivals/file"},
    {"arrivals_training_file", "/arrivals/training_file"},
    {"test_arrivals_file", "/test/arrivals/file"},
};
constexpr const char* kTrainingSequences = "/metric_sequence/training_file";

/// Takes away the paths of files that the run, or its run without a dqn, does not read.
void drop_unread_files(Json& settings) {
  RunSettings read = settings_from_json(settings, "");
  std::erase(read.policies, Policy::dqn);
  const std::vector<InputFileName> files = input_files(read);
  for (const auto& [column, text] : kFileSettings) {
    const bool is_read =
        std::any_of(files.begin(), files.end(), [&column = column](const InputFileName& file) {
          return std::string(file.column) == column;
        });
    const Json::json_pointer pointer(text);
    if (!is_read && settings.contains(pointer))
      settings[pointer.parent_pointer()].erase(pointer.back());
  }
}

}  // namespace

RunIdentity run_identity(const std::string& resolved_json, const std::vector<InputHash>& inputs) {
  std::map<std::string, std::string> hashes;
  for (const InputHash& input : inputs) hashes.emplace(input.path, input.sha256);
  const auto hash_of = [&](const std::string& path) {
    const auto found = hashes.find(path);
    return found == hashes.end() ? path : found->second;
  };
  Json settings = Json::parse(resolved_json);
  RunIdentity identity;
  const Json::json_pointer training(kTrainingSequences);
  const Json& policies = settings.at("policies");
  const bool trains =
      std::find(policies.begin(), policies.end(), policy_name(Policy::dqn)) != policies.end();
  if (trains && settings.contains(training))
    identity.training_sequences = hash_of(settings.at(training).get<std::string>());
  drop_unread_files(settings);
  change_paths(settings, hash_of);
  settings.erase("policies");
  settings.erase("store");
  if (settings.contains("network"))  // the weights say which one; these also hang on other runs
    for (const char* name : {"run", "results"}) settings.at("network").erase(name);
  const std::string text = canonical_text(settings);
  identity.key = sha256_hex(text.data(), text.size());
  return identity;
}

bool compute_the_same(const RunIdentity& a, const RunIdentity& b) {
  if (a.key != b.key) return false;
  return a.training_sequences == b.training_sequences || a.training_sequences.empty() ||
         b.training_sequences.empty();
}

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
