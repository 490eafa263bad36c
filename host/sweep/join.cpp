#include "host/sweep/join.h"

#include <algorithm>
#include <set>
#include <utility>

#include "host/config/defaults.h"
#include "host/config/file_settings.h"
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

bool is_policies_or_store(std::string_view key) { return key == "policies" || key == "store"; }

Json member_json(const RunConfig& config, const char* key) {
  return Json::parse(config.member(key));
}

std::string piece_text(const std::string& key, const Json& value) {
  return canonical_text(key) + ":" + canonical_text(value);
}

}  // namespace

RunSpec RunMaker::make(RunConfig config) const {
  const std::string json = config.json();
  return {sha256_hex(json.data(), json.size()).substr(0, kIdLength), std::move(config), context_};
}

RunSpec RunMaker::make(Json settings) {
  complete_members(settings, setting_members());
  return make(texts_->add(canonical_text(settings), setting_columns(settings)));
}

std::vector<std::string> differing_columns(const std::vector<RunSpec>& runs) {
  std::vector<std::string> names;
  const RunConfig& first = runs.front().config;
  for (size_t i = 0; i < first.block_count(); ++i) {
    std::set<uint32_t> others;
    for (const RunSpec& run : runs)
      if (run.config.block(i) != first.block(i)) others.insert(run.config.block(i));
    const SettingColumns columns = first.texts()->columns(first.block(i));
    std::vector<bool> differs(columns.size(), false);
    for (const uint32_t other : others) {
      const SettingColumns values = first.texts()->columns(other);
      for (size_t c = 0; c < columns.size(); ++c)
        differs[c] = differs[c] || values[c].second != columns[c].second;
    }
    for (size_t c = 0; c < columns.size(); ++c)
      if (differs[c]) names.push_back(columns[c].first);
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

uint32_t RunJoin::with_absolute_paths(uint32_t piece) {
  const auto [known, is_new] = absolute_.emplace(piece, piece);
  if (is_new) {
    const std::string key(maker_.texts().key(piece));
    Json member{{key, Json::parse(maker_.texts().value(piece))}};
    change_paths(member, [&](const std::string& path) { return file_of(path); });
    known->second = maker_.texts().add_piece(piece_text(key, member.at(key)));
  }
  return known->second;
}

/// Equal for runs that become one.
std::string RunJoin::key_of(const RunConfig& config) {
  std::string key;
  for (size_t i = 0; i < config.piece_count(); ++i) {
    if (is_policies_or_store(maker_.texts().key(config.piece(i)))) continue;
    key += std::to_string(with_absolute_paths(config.piece(i))) + " ";
  }
  return key;
}

/// Makes `run` do what `other` does besides. Order of policies is not kept.
void RunJoin::join_into(Joined& run, const RunConfig& other) {
  if (run.policies.is_null()) run.policies = member_json(run.config, "policies");
  if (run.store.is_null()) run.store = member_json(run.config, "store");
  for (const Json& policy : member_json(other, "policies"))
    if (std::find(run.policies.begin(), run.policies.end(), policy) == run.policies.end())
      run.policies.push_back(policy);
  const Json more = member_json(other, "store");
  Json& store = run.store;
  store["weights"] = store.at("weights").get<bool>() || more.at("weights").get<bool>();
  store["traces"] = joined_traces(store.at("traces"), more.at("traces"));
}

void RunJoin::add(Experiment experiment, const std::vector<RunSpec>& runs) {
  std::vector<size_t> numbers;
  for (const RunSpec& run : runs) {
    const auto [known, is_new] = number_of_key_.emplace(key_of(run.config), runs_.size());
    if (is_new)
      runs_.push_back({run.config, nullptr, nullptr});
    else
      join_into(runs_[known->second], run.config);
    numbers.push_back(known->second);
  }
  experiments_.push_back(std::move(experiment));
  numbers_.push_back(std::move(numbers));
}

RunConfig RunJoin::texts_of(const Joined& run) {
  if (run.policies.is_null()) return run.config;
  Json changed{{"policies", run.policies}, {"store", run.store}};
  complete_members(changed, {"policies", "store"});  // policies in the schema's order
  ConfigNumbers numbers = run.config.numbers();
  ConfigTexts& texts = maker_.texts();
  for (uint32_t& piece : numbers.pieces) {
    const std::string key(texts.key(piece));
    if (is_policies_or_store(key)) piece = texts.add_piece(piece_text(key, changed.at(key)));
  }
  for (size_t i = 0; i < numbers.blocks.size(); ++i) {
    const std::string& member = setting_members().at(i);
    if (is_policies_or_store(member))
      numbers.blocks[i] = texts.add_block(member_columns(member, &changed.at(member)));
  }
  return texts.make(numbers);
}

void RunJoin::take(std::vector<Experiment>& experiments, std::vector<RunSpec>& runs) {
  for (const Joined& run : runs_) runs.push_back(maker_.make(texts_of(run)));
  for (size_t i = 0; i < experiments_.size(); ++i)
    for (const size_t number : numbers_[i]) experiments_[i].runs.push_back(runs[number].id);
  experiments = std::move(experiments_);
}

}  // namespace edgesweep
