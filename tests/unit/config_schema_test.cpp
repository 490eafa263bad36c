// configs/schema.json: the one source of names, defaults, ranges and help text.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "host/config/compiled_schema.h"
#include "host/config/config_file.h"
#include "host/config/defaults.h"
#include "host/config/explain.h"
#include "host/config/schema.h"
#include "host/config/schema_text.h"
#include "host/config/settings_json.h"
#include "tests/support/config_files.h"
#include "tests/support/paths.h"

namespace edgesweep {
namespace {

const std::string kSchemaPath = testing::source_dir() + "/configs/schema.json";

/// Calls visit(path, schema of one property) for every property below `schema`, those of lists'
/// items and of definitions too.
template <typename Visit>
void for_each_property(const OrderedJson& schema, const std::string& path, const Visit& visit) {
  for (const char* keyword : {"properties", "definitions"}) {
    if (!schema.contains(keyword)) continue;
    for (const auto& [key, rule] : schema.at(keyword).items()) {
      visit(path + "/" + key, rule);
      for_each_property(rule, path + "/" + key, visit);
    }
  }
  if (!schema.contains("items")) return;
  visit(path + "/items", schema.at("items"));
  for_each_property(schema.at("items"), path + "/items", visit);
}

TEST(Schema, IsTheFileInTheRepository) {
  EXPECT_EQ(schema_text(), testing::read_bytes(kSchemaPath));
}

TEST(Schema, IsDraft7ThatTheValidatorUnderstands) {
  EXPECT_EQ(schema_document().at("$schema"), "http://json-schema.org/draft-07/schema#");
  EXPECT_NO_THROW(CompiledSchema{Json(schema_document())});
  EXPECT_THROW(
      CompiledSchema{Json::parse(R"({"properties": {"a": {"type": "nonsense"}}, "items": 5})")},
      std::runtime_error);
}

TEST(Schema, ExplainsEveryProperty) {
  int properties = 0;
  for_each_property(schema_document(), "", [&](const std::string& path, const OrderedJson& rule) {
    ++properties;
    ASSERT_TRUE(rule.contains("description")) << path;
    const auto text = rule.at("description").get<std::string>();
    EXPECT_GE(text.size(), 10U) << path;
    EXPECT_EQ(text.back(), '.') << path << ": help texts are sentences";
  });
  EXPECT_GT(properties, 50);
}

TEST(Schema, BoundsEveryNumberAndListsItsDefault) {
  for_each_property(
      schema_document().at("properties").at("base"), "",
      [](const std::string& path, const OrderedJson& rule) {
        const bool number =
            rule.contains("type") && (rule.at("type") == "integer" || rule.at("type") == "number");
        if (!number) return;
        EXPECT_TRUE(rule.contains("minimum") || rule.contains("exclusiveMinimum")) << path;
        EXPECT_TRUE(rule.contains("maximum") || rule.contains("exclusiveMaximum")) << path;
        const bool in_list = path.find("/items") != std::string::npos;
        const auto text = rule.at("description").get<std::string>();
        const bool says_what_none_means = text.find("Left out:") != std::string::npos;
        EXPECT_TRUE(in_list || says_what_none_means || rule.contains("default")) << path;
      });
}

TEST(Schema, DefaultsAreValid) {
  for (const std::string& name : setting_names()) {
    const OrderedJson& rule = *setting_schema(name);
    if (!rule.contains("default")) continue;
    EXPECT_NO_THROW(check_setting(name, rule.at("default"), "schema.json", name)) << name;
  }
}

/// Every leaf of base, and the two groups that have a type.
void collect_settings(const OrderedJson& schema, const std::string& prefix,
                      std::set<std::string>& names) {
  for (const auto& [key, written] : schema.at("properties").items()) {
    const OrderedJson& rule = resolve_reference(written);
    const bool is_object = rule.contains("properties");
    if (!is_object || rule.at("properties").contains("type")) names.insert(prefix + key);
    if (rule.contains("properties")) collect_settings(rule, prefix + key + ".", names);
  }
}

TEST(Schema, SettingNamesAreThoseOfTheTree) {
  std::set<std::string> expected;
  collect_settings(schema_document().at("properties").at("base"), "", expected);
  EXPECT_EQ(std::set<std::string>(setting_names().begin(), setting_names().end()), expected);
  EXPECT_EQ(setting_names().size(), expected.size());
  EXPECT_EQ(setting_schema("dqn"), nullptr);
  EXPECT_EQ(setting_schema("dqn.schedule.iterations"), nullptr);
}

TEST(Defaults, AreThoseOfTheSpecification) {
  Json filled = Json::parse(R"({"dataset": "images.npz"})");
  fill_defaults(filled);
  EXPECT_EQ(filled, Json::parse(R"({
    "dataset": "images.npz", "rate": 0.1, "depth": 4, "seed": 1, "test_seed": 0, "math": "exact",
    "devices": {"count": 1,
                "search": {"sequences": 100, "images": 100000,
                           "rates": [0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.225, 0.25, 0.275, 0.3, 0.325, 0.35,
                                0.375, 0.4, 0.425, 0.45, 0.475, 0.5],
                           "depths": [1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 3.75, 4, 4.25, 4.5, 4.75,
                                5, 5.25, 5.5, 5.75, 6, 6.25, 6.5, 6.75, 7, 7.25, 7.5, 7.75, 8, 8.25, 8.5, 8.75,
                                9, 9.25, 9.5, 9.75, 10]},
                "training": {"warm_up": 256, "steps": 8, "horizon": 64}},
    "metric_sequence": {"type": "local_reset", "spread": 0.1, "reset_probability": 0.1},
    "arrivals": {"type": "periodic"},
    "policies": ["weak", "strong", "lower_bound", "baseline", "mdp", "dqn"],
    "rules": "edgeml_dqn", "training_deviation": 0,
    "mdp": {"stop": "published", "discount": 0.9999},
    "dqn": {"recipe": "warm", "outputs": "after_states", "start": "mdp", "reward_smoothing": 0.06, "center_targets": "window",
            "history_metrics": 31, "history_gaps": -1, "layers": 3, "width": 32, "discount": 0.9999, "batch": 64,
            "mini_batches": 64,
            "schedule": [{"iterations": 30, "learning_rate": 1e-4, "final_learning_rate": 3e-3},
                         {"iterations": 470, "learning_rate": 3e-3, "final_learning_rate": 1e-6, "shape": "cosine"}],
            "evaluate_every": 100, "training_sequences": {"sequences": 5, "images": 20000},
            "validation": {"sequences": 5, "images": 100000}, "keep": "last"},
    "test": {"sequences": 100, "images": 100000},
    "store": {"weights": true, "statistics": false, "traces": {"sequences": 0, "first_sequence": 0, "images": 1000}}})"))
      << filled.dump(2);
}

/// The dqn of a run with this recipe.
Json dqn_of(const std::string& recipe) {
  Json filled = Json::parse(R"({"dataset": "images.npz", "dqn": {"recipe": ")" + recipe + R"("}})");
  fill_defaults(filled);
  return filled.at("dqn");
}

TEST(Defaults, RecipesOfWarmAreWarmWithTheSettingsTheyStandFor) {
  Json earlier = dqn_of("warm");  // what was the default: results that have it go on
  earlier.update(Json::parse(R"({
    "history_metrics": 95, "layers": 5, "width": 64, "batch": 128,
    "schedule": [{"iterations": 30, "learning_rate": 1e-4, "final_learning_rate": 2e-3},
                 {"iterations": 270, "learning_rate": 2e-3, "final_learning_rate": 1e-6, "shape": "cosine"}]})"));
  EXPECT_EQ(dqn_of("warm_5x64"), earlier);
  EXPECT_EQ(dqn_of("warm").at("recipe"), "warm");
  EXPECT_EQ(dqn_of("best").at("recipe"), "warm");
  EXPECT_NE(dqn_of("best"), dqn_of("warm"));

  Json own =
      Json::parse(R"({"dataset": "images.npz", "dqn": {"recipe": "warm_5x64", "layers": 2}})");
  fill_defaults(own);
  earlier["layers"] = 2;
  EXPECT_EQ(own.at("dqn"), earlier) << "what is written holds";
}

TEST(Defaults, OfThePublishedRecipeAreThoseOfThePaper) {
  Json filled = Json::parse(R"({"dataset": "images.npz", "dqn": {"recipe": "published"}})");
  fill_defaults(filled);
  const Json& dqn = filled.at("dqn");
  EXPECT_EQ(dqn.at("outputs"), "action_values");
  EXPECT_EQ(dqn.at("start"), "random");
  EXPECT_EQ(dqn.at("reward_smoothing"), 0);
  EXPECT_EQ(dqn.at("center_targets"), "iteration");
  EXPECT_EQ(dqn.at("recipe"), "published");
  EXPECT_EQ(dqn.at("history_metrics"), 95);
  EXPECT_EQ(dqn.at("layers"), 5);
  EXPECT_EQ(dqn.at("width"), 64);
  EXPECT_EQ(dqn.at("batch"), 128);
  EXPECT_EQ(dqn.at("mini_batches"), 128);
  EXPECT_EQ(dqn.at("schedule"), Json::parse(R"([{"iterations": 3000, "learning_rate": 1e-3},
                                               {"iterations": 1000, "learning_rate": 1e-4}])"));
}

TEST(Defaults, OfARecipeGiveWayToWhatIsWritten) {
  Json filled = Json::parse(R"({"dataset": "images.npz",
                                "dqn": {"recipe": "published", "start": "mdp", "mini_batches": 7}})");
  fill_defaults(filled);
  EXPECT_EQ(filled.at("dqn").at("start"), "mdp");
  EXPECT_EQ(filled.at("dqn").at("mini_batches"), 7);
  EXPECT_EQ(filled.at("dqn").at("center_targets"), "iteration");
}

TEST(Defaults, WrittenOutOrLeftOutAreTheSameRun) {
  const Sweep left_out = testing::sweep_of(testing::config_text(""));
  const Sweep written_out =
      testing::sweep_of(R"({"base": )" + left_out.runs.at(0).config.json() + "}");
  EXPECT_EQ(left_out.runs.at(0).id, written_out.runs.at(0).id);
  EXPECT_EQ(left_out.runs.at(0).config.json(), written_out.runs.at(0).config.json());
}

TEST(Defaults, FillOnlyWhatBelongsToTheType) {
  Json filled = Json::parse(R"({"dataset": "d", "metric_sequence": {"type": "iid"},
                                "arrivals": {"type": "markov_modulated", "p_12": 0.25}})");
  fill_defaults(filled);
  EXPECT_EQ(filled.at("metric_sequence"), Json::parse(R"({"type": "iid"})"));
  EXPECT_EQ(
      filled.at("arrivals"),
      Json::parse(
          R"({"type": "markov_modulated", "interval_1": 1, "interval_2": 3, "p_12": 0.25, "p_21": 0.0005})"));
}

TEST(Settings, EveryFieldIsRead) {
  const std::string text =
      R"({"base": {"dataset": "images.npz", "rate": 0.25, "depth": 2.5, "seed": 7, "test_seed": 8,
    "metric_sequence": {"type": "replay", "training_file": "m_tr.h5", "file": "m.h5"},
    "arrivals": {"type": "markov_modulated", "interval_1": 2, "interval_2": 6, "p_12": 0.125, "p_21": 0.0625},
    "policies": ["dqn", "baseline"], "mdp": {"stop": "converged", "discount": 0.5},
    "dqn": {"history_metrics": 3, "history_gaps": 2, "layers": 4, "width": 32, "discount": 0.75, "batch": 16,
            "mini_batches": 9, "schedule": [{"iterations": 10, "learning_rate": 0.5},
            {"iterations": 20, "learning_rate": 0.25, "final_learning_rate": 0.125, "shape": "cosine"}],
            "outputs": "action_values", "start": "mdp", "reward_smoothing": 0.0625, "center_targets": "window", "evaluate_every": 11,
            "training_sequences": {"sequences": 12, "images": 13}, "validation": {"sequences": 14, "images": 15},
            "keep": "best"},
    "test": {"sequences": 16, "images": 17}, "store": {"weights": false, "traces": {"sequences": 5, "images": 6}}}})";
  const RunSettings run = testing::sweep_of(text).runs.at(0).settings();
  EXPECT_EQ(run.rate, 0.25);
  EXPECT_EQ(run.depth, 2.5);
  EXPECT_EQ(run.seed, 7U);
  EXPECT_EQ(run.test_seed, 8U);
  EXPECT_EQ(run.metric_sequence.type, MetricSequenceSettings::Type::replay);
  EXPECT_EQ(run.arrivals.type, ArrivalSettings::Type::markov_modulated);
  EXPECT_EQ(run.arrivals.interval_1, 2);
  EXPECT_EQ(run.arrivals.interval_2, 6);
  EXPECT_EQ(run.arrivals.p_12, 0.125);
  EXPECT_EQ(run.arrivals.p_21, 0.0625);
  EXPECT_EQ(run.policies, (std::vector<Policy>{Policy::baseline, Policy::dqn}));
  EXPECT_EQ(run.mdp.stop, MdpSettings::Stop::converged);
  EXPECT_EQ(run.mdp.discount, 0.5);
  EXPECT_EQ(run.dqn.history_metrics, 3);
  EXPECT_EQ(run.dqn.history_gaps, 2);
  EXPECT_EQ(run.dqn.layers, 4);
  EXPECT_EQ(run.dqn.width, 32);
  EXPECT_EQ(run.dqn.discount, 0.75);
  EXPECT_EQ(run.dqn.batch, 16);
  EXPECT_EQ(run.dqn.mini_batches, 9);
  ASSERT_EQ(run.dqn.schedule.size(), 2U);
  EXPECT_EQ(run.dqn.schedule[1].iterations, 20);
  EXPECT_EQ(run.dqn.schedule[1].learning_rate, 0.25);
  EXPECT_EQ(run.dqn.schedule[0].final_learning_rate, 0) << "the same throughout";
  EXPECT_EQ(run.dqn.schedule[1].final_learning_rate, 0.125);
  EXPECT_EQ(run.dqn.schedule[0].shape, SchedulePhase::Shape::linear);
  EXPECT_EQ(run.dqn.schedule[1].shape, SchedulePhase::Shape::cosine);
  EXPECT_EQ(run.dqn.outputs, Outputs::action_values);
  EXPECT_EQ(run.dqn.start, DqnSettings::Start::mdp);
  EXPECT_EQ(run.dqn.reward_smoothing, 0.0625);
  EXPECT_EQ(run.dqn.center_targets, DqnSettings::Center::window);
  EXPECT_EQ(run.dqn.evaluate_every, 11);
  EXPECT_EQ(run.dqn.training_sequences.sequences, 12);
  EXPECT_EQ(run.dqn.training_sequences.images, 13);
  EXPECT_EQ(run.dqn.validation.sequences, 14);
  EXPECT_EQ(run.dqn.validation.images, 15);
  EXPECT_EQ(run.dqn.keep, DqnSettings::Keep::best);
  EXPECT_EQ(run.test.sequences, 16);
  EXPECT_EQ(run.test.images, 17);
  EXPECT_FALSE(run.store.weights);
  EXPECT_EQ(run.store.traces.sequences, 5);
  EXPECT_EQ(run.store.traces.images, 6);
}

TEST(Settings, RelativeFilesStartAtTheConfigsFolder) {
  Json filled = Json::parse(R"({"dataset": "../data/./a.npz",
    "metric_sequence": {"type": "replay", "file": "m.h5", "training_file": "/far/m_tr.h5"},
    "arrivals": {"type": "replay", "file": "g.h5", "training_file": "g_tr.h5"}})");
  fill_defaults(filled);
  const RunSettings run = settings_from_json(filled, "/home/configs");
  EXPECT_EQ(run.dataset, "/home/data/a.npz");
  EXPECT_EQ(run.metric_sequence.file, "/home/configs/m.h5");
  EXPECT_EQ(run.metric_sequence.training_file, "/far/m_tr.h5");
  EXPECT_EQ(run.arrivals.file, "/home/configs/g.h5");
  EXPECT_EQ(run.arrivals.training_file, "/home/configs/g_tr.h5");
  EXPECT_EQ(settings_from_json(filled, "").dataset, "../data/a.npz");
}

TEST(Settings, PolicyNamesAreThoseOfTheSchema) {
  const auto& names = setting_schema("policies")->at("items").at("enum");
  for (size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(policy_name(static_cast<Policy>(i)), names[i]);
  EXPECT_EQ(names.size(), 11U);
}

}  // namespace
}  // namespace edgesweep
