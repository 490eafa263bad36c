#include "host/results/sequence_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "host/config/config_file.h"
#include "host/config/defaults.h"
#include "host/config/explain.h"
#include "host/error.h"

namespace edgesweep {
namespace {

constexpr int64_t kMostValues = int64_t{1} << 31;
constexpr const char* kCommon[] = {"image_count", "sequences", "images", "seed"};

ReleasedChain chain_of(const ArrivalSettings& law) {
  return {law.interval_1, law.interval_2, law.p_12, law.p_21};
}

/// Of one table, with what all have in common. Settings of a config are looked up in its schema.
const OrderedJson& table_schema() {
  static const OrderedJson schema = OrderedJson::parse(R"({
    "type": "object",
    "required": ["file", "sequences", "images"],
    "additionalProperties": false,
    "properties": {
      "file": {"type": "string", "minLength": 1, "maxLength": 1024},
      "metric_sequence": {"$ref": "#/definitions/metric_sequence"},
      "arrivals": {"$ref": "#/definitions/arrivals"},
      "image_count": {"type": "integer", "minimum": 1, "maximum": 2097152},
      "sequences": {"type": "integer", "minimum": 1, "maximum": 10000000},
      "images": {"type": "integer", "minimum": 1, "maximum": 1000000000},
      "seed": {"type": "integer", "minimum": 0, "maximum": 4294967295},
      "first_row": {"type": "integer", "minimum": 0, "maximum": 9999999}
    }})");
  return schema;
}

/// Of the whole file; tables are looked at one by one.
const OrderedJson& file_schema() {
  static const OrderedJson schema = [] {
    OrderedJson whole = OrderedJson::parse(R"({
      "type": "object", "required": ["tables"], "additionalProperties": false,
      "properties": {"tables": {"type": "array", "minItems": 1, "maxItems": 100000,
                                "items": {"type": "object"}}}})");
    for (const char* const name : kCommon)
      whole["properties"][name] = table_schema().at("properties").at(name);
    return whole;
  }();
  return schema;
}

void check(const OrderedJson& schema, const OrderedJson& value, const std::string& pointer,
           const std::string& file) {
  if (const auto problem = explain(schema, value, pointer))
    throw InputError(file, problem->pointer.empty() ? "/" : problem->pointer, problem->found,
                     problem->allowed, problem->nearest);
}

/// Settings of a config's member ("arrivals") with its defaults.
Json completed(const std::string& member, const OrderedJson& value) {
  Json settings{{member, Json(value)}};
  complete_members(settings, {member});
  return settings.at(member);
}

void read_indices(const OrderedJson& value, const std::string& file, SequenceTable& table) {
  const Json settings = completed("metric_sequence", value.at("metric_sequence"));
  const auto type = settings.at("type").get<std::string>();
  if (type == "replay")
    throw InputError(file, table.place + "/metric_sequence/type", "\"replay\"",
                     "one of \"iid\", \"local_reset\": what can be drawn");
  if (!value.contains("image_count"))
    throw InputError(file, table.place + "/image_count", "nothing",
                     "how many test images the dataset has");
  table.dataset = "index";
  table.image_count = value.at("image_count").get<int32_t>();
  if (type == "iid") return;
  table.metric_sequence = {MetricSequenceSettings::Type::local_reset,
                           settings.at("spread").get<double>(),
                           settings.at("reset_probability").get<double>(), "", ""};
}

/// A chain that is drawn in reasonable time, and seeds that end before 2^32.
void check_gaps(const SequenceTable& table, const std::string& file) {
  constexpr double kLeastProbability = 1e-12;
  constexpr double kLeastImages = 1e-3;
  constexpr uint32_t kLargestSeed = (uint32_t{1} << 31) - 1;
  const ArrivalSettings& law = table.arrivals;
  const std::string place = table.place + "/arrivals";
  for (const double p : {law.p_12, law.p_21})
    if (p < kLeastProbability)
      throw InputError(file, place, fmt::format("the probability {}", p),
                       fmt::format("at least {}", kLeastProbability));
  const double images = images_of_two_visits(chain_of(law));
  if (images < kLeastImages)
    throw InputError(
        file, place, fmt::format("a chain with {:.3g} images, on average, in two visits", images),
        fmt::format("at least {}: shorter intervals, or smaller probabilities", kLeastImages));
  if (table.size.seed > kLargestSeed)
    throw InputError(file, table.place + "/seed", std::to_string(table.size.seed),
                     fmt::format("0..{} with arrivals, whose seeds count up", kLargestSeed));
}

void read_gaps(const OrderedJson& value, const std::string& file, SequenceTable& table) {
  const Json settings = completed("arrivals", value.at("arrivals"));
  if (settings.at("type") != "markov_modulated")
    throw InputError(file, table.place + "/arrivals/type", settings.at("type").dump(),
                     "\"markov_modulated\": what can be drawn");
  table.dataset = "gap";
  table.arrivals = {ArrivalSettings::Type::markov_modulated,
                    settings.at("interval_1").get<int>(),
                    settings.at("interval_2").get<int>(),
                    settings.at("p_12").get<double>(),
                    settings.at("p_21").get<double>(),
                    "",
                    ""};
  check_gaps(table, file);
}

SequenceTable read_table(const OrderedJson& value, const std::string& file,
                         const std::string& folder, const std::string& place) {
  check(table_schema(), value, place, file);
  SequenceTable table;
  table.place = place;
  table.path = (std::filesystem::path(folder) / value.at("file").get<std::string>())
                   .lexically_normal()
                   .string();
  table.size = {value.at("sequences").get<int64_t>(), value.at("images").get<int64_t>(),
                value.value("seed", uint32_t{0})};
  if (table.size.sequences * table.size.images > kMostValues)
    throw InputError(
        file, place,
        fmt::format("{} sequences of {} images", table.size.sequences, table.size.images),
        "at most 2^31 images in all");
  table.first_row = value.value("first_row", int64_t{0});
  if (table.first_row >= table.size.sequences)
    throw InputError(file, place + "/first_row", std::to_string(table.first_row),
                     fmt::format("0..{}", table.size.sequences - 1));
  if (value.contains("metric_sequence") == value.contains("arrivals"))
    throw InputError(file, place,
                     value.contains("arrivals") ? "metric_sequence and arrivals"
                                                : "neither metric_sequence nor arrivals",
                     "one of them");
  if (value.contains("arrivals"))
    read_gaps(value, file, table);
  else
    read_indices(value, file, table);
  return table;
}

}  // namespace

std::vector<SequenceTable> read_sequence_tables(const std::string& path,
                                                const std::string& folder) {
  const OrderedJson document = read_json_file(path);
  check(file_schema(), document, "", path);
  std::vector<SequenceTable> tables;
  std::set<std::string> files;
  for (const OrderedJson& asked : document.at("tables")) {
    OrderedJson value = asked;
    for (const char* const name : kCommon)
      if (document.contains(name) && !value.contains(name)) value[name] = document.at(name);
    const std::string place = "/tables/" + std::to_string(tables.size());
    tables.push_back(read_table(value, path, folder, place));
    if (!files.insert(tables.back().path).second)
      throw InputError(path, place + "/file", asked.at("file").dump() + " a second time",
                       "a file for each table");
  }
  return tables;
}

void draw_sequences(const SequenceTable& table, ReplayTable& drawn) {
  drawn.sequences = table.size.sequences;
  drawn.images = table.size.images;
  drawn.values.resize(static_cast<size_t>(drawn.sequences * drawn.images));
  int32_t* const values = drawn.values.data();
  if (table.dataset == "gap") {
    released_gaps(table.size, chain_of(table.arrivals), values);
  } else if (table.metric_sequence.type == MetricSequenceSettings::Type::iid) {
    released_iid_indices(table.size, table.image_count, values);
  } else {
    released_local_reset_indices(table.size, table.image_count, table.metric_sequence.spread,
                                 table.metric_sequence.reset_probability, values);
  }
  std::rotate(drawn.values.begin(), drawn.values.begin() + table.first_row * drawn.images,
              drawn.values.end());
}

}  // namespace edgesweep
