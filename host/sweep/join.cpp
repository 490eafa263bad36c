#include "host/sweep/join.h"

#include <algorithm>
#include <utility>

#include "host/config/defaults.h"
#include "host/config/file_settings.h"
#include "host/config/settings_json.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

constexpr size_t kIdLength = 12;

/// Sequences and images that cover both; where one keeps none it counts for nothing.
Json joined_traces(const Json& a, const Json& b) {
  const auto number = [](const Json& traces, const char* key) {
    return traces.at(key).get<int64_t>();
  };
  if (number(a, "sequences") == 0 && number(b, "sequences") > 0) return b;
  if (number(b, "sequences") == 0 && number(a, "sequences") > 0) return a;
  const auto end = [&](const Json& traces) {
    return number(traces, "first_sequence") + number(traces, "sequences");
  };
  const int64_t first = std::min(number(a, "first_sequence"), number(b, "first_sequence"));
  const int64_t sequences = number(a, "sequences") == 0 ? 0 : std::max(end(a), end(b)) - first;
  return {{"first_sequence", first},
          {"sequences", sequences},
          {"images", std::max(number(a, "images"), number(b, "images"))}};
}

/// Makes `run` do what `other` does besides. Defaults are filled in; order of policies is not
/// kept.
void join_into(Json& run, const Json& other) {
  for (const Json& policy : other.at("policies")) {
    Json& policies = run.at("policies");
    if (std::find(policies.begin(), policies.end(), policy) == policies.end())
      policies.push_back(policy);
  }
  Json& store = run.at("store");
  const Json& more = other.at("store");
  store["weights"] = store.at("weights").get<bool>() || more.at("weights").get<bool>();
  store["traces"] = joined_traces(store.at("traces"), more.at("traces"));
}

}  // namespace

RunSpec make_run_spec(Json settings, const std::filesystem::path& folder) {
  fill_defaults(settings);
  drop_repeated_test_settings(settings);
  RunSpec spec;
  spec.settings = settings_from_json(settings, folder);
  spec.resolved_json = canonical_text(settings);
  spec.id = sha256_hex(spec.resolved_json.data(), spec.resolved_json.size()).substr(0, kIdLength);
  spec.columns = setting_columns(settings);
  return spec;
}

std::vector<std::string> differing_columns(const std::vector<RunSpec>& runs) {
  std::vector<std::string> names;
  for (size_t column = 0; column < runs.front().columns.size(); ++column) {
    const auto& first = runs.front().columns[column];
    const bool differs = std::any_of(runs.begin(), runs.end(), [&](const RunSpec& run) {
      return run.columns[column].second != first.second;
    });
    if (differs) names.push_back(first.first);
  }
  return names;
}

const std::string& RunJoin::file_of(const std::string& path) {
  std::string& file = files_[path];
  std::error_code none;
  if (file.empty()) file = std::filesystem::weakly_canonical(folder_ / path, none).string();
  if (file.empty()) file = path;
  return file;
}

std::string RunJoin::key_of(Json settings) {
  settings.erase("policies");
  settings.erase("store");
  change_paths(settings, [&](const std::string& path) { return file_of(path); });
  return canonical_text(settings);
}

void RunJoin::add(Experiment experiment, std::vector<RunSpec> runs) {
  std::vector<size_t> numbers;
  for (const RunSpec& run : runs) {
    Json settings = Json::parse(run.resolved_json);
    const auto [known, is_new] = number_of_key_.emplace(key_of(settings), runs_.size());
    if (is_new)
      runs_.push_back(std::move(settings));
    else
      join_into(runs_[known->second], settings);
    numbers.push_back(known->second);
  }
  experiments_.push_back(std::move(experiment));
  numbers_.push_back(std::move(numbers));
}

void RunJoin::take(std::vector<Experiment>& experiments, std::vector<RunSpec>& runs) {
  for (Json& settings : runs_) runs.push_back(make_run_spec(std::move(settings), folder_));
  for (size_t i = 0; i < experiments_.size(); ++i)
    for (const size_t number : numbers_[i]) experiments_[i].runs.push_back(runs[number].id);
  experiments = std::move(experiments_);
}

}  // namespace edgesweep
