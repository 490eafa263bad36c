#include "tests/support/setting_changes.h"

#include <hdf5.h>

#include <map>
#include <random>

#include "host/config/schema_text.h"
#include "tests/support/dataset_files.h"

namespace edgesweep::testing {
namespace {

constexpr const char* kCommon = R"({
  "dataset": "a.npz", "rate": 0.2, "depth": 2, "test": {"sequences": 3, "images": 120},
  "metric_sequence": {"type": "local_reset", "spread": 0.3, "reset_probability": 0.2},
  "store": {"traces": {"sequences": 1, "images": 30}}
})";

constexpr const char* kNetwork = R"({"dqn": {
  "history_metrics": 3, "layers": 1, "width": 8, "batch": 6, "mini_batches": 3,
  "schedule": [{"iterations": 2, "learning_rate": 0.001, "final_learning_rate": 0.002},
               {"iterations": 2, "learning_rate": 0.002, "final_learning_rate": 0.0001,
                "shape": "cosine"}],
  "evaluate_every": 1, "training_sequences": {"sequences": 2, "images": 60},
  "validation": {"sequences": 2, "images": 60}
}})";

/// What training has in common with nothing else: windows alone.
constexpr const char* kBare = R"({"policies": ["dqn"], "dqn": {
  "outputs": "action_values", "start": "random", "reward_smoothing": 0.1}})";

constexpr const char* kModulated = R"({"arrivals": {
  "type": "markov_modulated", "interval_1": 1, "interval_2": 2, "p_12": 0.3, "p_21": 0.4}})";

constexpr const char* kCameras = R"({"depth": 1, "policies": ["isolated", "hierarchical", "smart"],
  "devices": {"count": 2, "search": {"rates": [0.2, 0.3], "depths": [1, 2, 3], "sequences": 18,
                                     "images": 40}}})";

constexpr const char* kReplay = R"({"dqn": {"history_gaps": 1},
  "metric_sequence": {"type": "replay", "spread": null, "reset_probability": null,
                      "training_file": "ranks_1.h5", "file": "ranks_2.h5"},
  "arrivals": {"type": "replay", "training_file": "gaps_1.h5", "file": "gaps_2.h5"}})";

const std::map<std::string, std::vector<const char*>>& bases() {
  static const std::map<std::string, std::vector<const char*>> all = {
      {"alone",
       {kCommon, kNetwork,
        R"({"policies": ["weak", "strong", "lower_bound", "baseline", "mdp", "dqn", "clairvoyant",
                         "clairvoyant_metric"]})"}},
      {"network", {kCommon, kNetwork, kBare}},
      {"gaps", {kCommon, kNetwork, kBare, kModulated, R"({"dqn": {"history_gaps": 1}})"}},
      {"mdp",
       {kCommon, kModulated,
        R"({"policies": ["lower_bound", "baseline", "mdp"], "store": {"statistics": true}})"}},
      {"fewer",  // images: training_deviation from one value to another
       {kCommon, R"({"training_deviation": 20, "policies": ["lower_bound", "baseline", "mdp"]})"}},
      {"strategies", {kCommon, kCameras}},
      {"fleet", {kCommon, kNetwork, kCameras, R"({"policies": ["hierarchical", "dqn"], "devices": {
          "training": {"warm_up": 4, "steps": 4, "horizon": 4}}})"}},
      {"replay", {kCommon, kNetwork, kReplay, R"({"policies": ["mdp", "dqn"]})"}},
      {"elsewhere", {kCommon, R"({"policies": ["baseline", "mdp"], "test": {
          "metric_sequence": {"type": "local_reset", "spread": 0.5, "reset_probability": 0.4},
          "arrivals": {"type": "markov_modulated", "interval_1": 1, "interval_2": 2, "p_12": 0.3,
                       "p_21": 0.4}}})"}},
      {"elsewhere_replay", {kCommon, R"({"policies": ["baseline", "mdp"], "test": {
          "metric_sequence": {"type": "replay", "file": "ranks_2.h5"},
          "arrivals": {"type": "replay", "file": "gaps_2.h5"}}})"}},
  };
  return all;
}

/// Names of the leaves below a part of the schema.
void add_leaves(const Json& schema, const Json& part, const std::string& name,
                std::vector<std::string>& leaves) {
  if (part.contains("$ref")) {
    const std::string pointer = part.at("$ref").get<std::string>().substr(1);
    return add_leaves(schema, schema.at(Json::json_pointer(pointer)), name, leaves);
  }
  if (part.contains("items") && part.at("items").contains("properties"))
    return add_leaves(schema, part.at("items"), name + "[]", leaves);
  if (!part.contains("properties")) {
    leaves.push_back(name);
    return;
  }
  for (const auto& [key, member] : part.at("properties").items())
    add_leaves(schema, member, name.empty() ? key : name + "." + key, leaves);
}

/// Six sequences of 120 numbers from `least` to below `below`, no two alike.
void write_replay(const std::string& path, const std::string& name, int64_t factor, int64_t least,
                  int64_t below) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < 720; ++i)
    values.push_back((i * i * factor + 13 * i + factor) % 1009 % (below - least) + least);
  write_hdf5_table(path, name, H5T_STD_I32LE, 6, 120, values);
}

/// Sixty training and forty test images; the higher the metric, the more the weak classifier costs:
/// so little that the warm recipe multiplies rewards.
NamedArrays correlated_dataset(unsigned seed) {
  std::minstd_rand random(seed);
  NamedArrays arrays;
  for (const auto& [split, count] : {std::pair{"_tr", 60}, std::pair{"_ts", 40}}) {
    std::vector<double> metric, weak, strong;
    for (int i = 0; i < count; ++i) {
      metric.push_back(static_cast<double>(random() % 64) / 64);
      weak.push_back(metric.back() * static_cast<double>(random() % 64) / 512);
      strong.push_back(static_cast<double>(random() % 64) / 4096);
    }
    arrays.emplace_back(std::string("metric") + split, metric);
    arrays.emplace_back(std::string("wcost") + split, weak);
    arrays.emplace_back(std::string("scost") + split, strong);
  }
  return arrays;
}

}  // namespace

const std::vector<std::string>& refused_settings() {
  // The test trains nothing.
  static const std::vector<std::string> all = {"test.metric_sequence.training_file",
                                               "test.arrivals.training_file"};
  return all;
}

std::vector<std::string> schema_settings() {
  const Json schema = Json::parse(schema_text());
  std::vector<std::string> leaves;
  add_leaves(schema, schema.at("properties").at("base"), "", leaves);
  return leaves;
}

Json setting_base(const std::string& name) {
  Json settings = Json::object();
  for (const char* patch : bases().at(name)) settings.merge_patch(Json::parse(patch));
  return settings;
}

void write_setting_files(const std::string& folder) {
  write_npz(folder + "/a.npz", npy_entries(correlated_dataset(1)));
  write_npz(folder + "/b.npz", npy_entries(correlated_dataset(2)));
  int64_t factor = 3;
  for (const char* number : {"_1", "_2", "_3", "_4"}) {
    write_replay(folder + "/ranks" + number + ".h5", "index", factor, 0, 40);
    write_replay(folder + "/gaps" + number + ".h5", "gap", factor, 1, 4);
    factor += 4;
  }
}

}  // namespace edgesweep::testing
