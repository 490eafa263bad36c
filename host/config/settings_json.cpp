#include "host/config/settings_json.h"

#include <array>
#include <stdexcept>
#include <utility>

namespace edgesweep {
namespace {

template <typename Enum, size_t count>
using Names = std::array<std::pair<const char*, Enum>, count>;

constexpr Names<MetricSequenceSettings::Type, 3> kMetricSequences{
    {{"iid", MetricSequenceSettings::Type::iid},
     {"local_reset", MetricSequenceSettings::Type::local_reset},
     {"replay", MetricSequenceSettings::Type::replay}}};
constexpr Names<ArrivalSettings::Type, 3> kArrivals{
    {{"periodic", ArrivalSettings::Type::periodic},
     {"markov_modulated", ArrivalSettings::Type::markov_modulated},
     {"replay", ArrivalSettings::Type::replay}}};
constexpr Names<MdpSettings::Stop, 2> kStops{
    {{"published", MdpSettings::Stop::published}, {"converged", MdpSettings::Stop::converged}}};
constexpr Names<DqnSettings::Recipe, 2> kRecipes{
    {{"published", DqnSettings::Recipe::published}, {"warm", DqnSettings::Recipe::warm}}};
constexpr Names<DqnSettings::Start, 2> kStarts{
    {{"random", DqnSettings::Start::random}, {"mdp", DqnSettings::Start::mdp}}};
constexpr Names<Outputs, 2> kOutputs{
    {{"action_values", Outputs::action_values}, {"after_states", Outputs::after_states}}};
constexpr Names<DqnSettings::Center, 2> kCenters{
    {{"iteration", DqnSettings::Center::iteration}, {"window", DqnSettings::Center::window}}};
constexpr Names<SchedulePhase::Shape, 2> kShapes{
    {{"linear", SchedulePhase::Shape::linear}, {"cosine", SchedulePhase::Shape::cosine}}};
constexpr Names<DqnSettings::Keep, 2> kKeeps{
    {{"last", DqnSettings::Keep::last}, {"best", DqnSettings::Keep::best}}};
constexpr Names<Rules, 2> kRules{
    {{"edgeml_dqn", Rules::edgeml_dqn}, {"edgeml_mdp", Rules::edgeml_mdp}}};
constexpr Names<Math, 2> kMaths{{{"exact", Math::exact}, {"fast", Math::fast}}};

template <typename Enum, size_t count>
Enum read_enum(const Json& value, const Names<Enum, count>& names) {
  const auto text = value.get<std::string>();
  for (const auto& [name, choice] : names)
    if (text == name) return choice;
  throw std::logic_error("configs/schema.json allows the value " + text +
                         ", the program does not know it");
}

Policy read_policy(const Json& value) {
  const auto text = value.get<std::string>();
  if (const std::optional<Policy> policy = policy_from_name(text)) return *policy;
  throw std::logic_error("configs/schema.json allows the policy " + text +
                         ", the program does not know it");
}

/// Leaves `field` alone where the setting does not apply (parameters of another type).
template <typename Field>
void read_if_present(const Json& object, const char* key, Field& field) {
  if (const auto member = object.find(key); member != object.end()) member->get_to(field);
}

void read_path(const Json& object, const char* key, const std::filesystem::path& folder,
               std::string& field) {
  if (const auto member = object.find(key); member != object.end())
    field = (folder / member->get<std::string>()).lexically_normal().string();
}

SimulationSize read_size(const Json& object) {
  return {object.at("sequences").get<int64_t>(), object.at("images").get<int64_t>()};
}

MetricSequenceSettings read_metric_sequence(const Json& object,
                                            const std::filesystem::path& folder) {
  MetricSequenceSettings settings;
  settings.type = read_enum(object.at("type"), kMetricSequences);
  read_if_present(object, "spread", settings.spread);
  read_if_present(object, "reset_probability", settings.reset_probability);
  read_path(object, "training_file", folder, settings.training_file);
  read_path(object, "file", folder, settings.file);
  return settings;
}

ArrivalSettings read_arrivals(const Json& object, const std::filesystem::path& folder) {
  ArrivalSettings settings;
  settings.type = read_enum(object.at("type"), kArrivals);
  read_if_present(object, "interval_1", settings.interval_1);
  read_if_present(object, "interval_2", settings.interval_2);
  read_if_present(object, "p_12", settings.p_12);
  read_if_present(object, "p_21", settings.p_21);
  read_path(object, "training_file", folder, settings.training_file);
  read_path(object, "file", folder, settings.file);
  return settings;
}

FleetSettings read_fleet(const Json& object) {
  FleetSettings settings;
  object.at("count").get_to(settings.count);
  const Json& search = object.at("search");
  search.at("rates").get_to(settings.search_rates);
  search.at("depths").get_to(settings.search_depths);
  settings.search = read_size(search);
  const Json& training = object.at("training");
  training.at("warm_up").get_to(settings.training.warm_up);
  training.at("steps").get_to(settings.training.steps);
  training.at("horizon").get_to(settings.training.horizon);
  return settings;
}

SchedulePhase read_phase(const Json& object) {
  SchedulePhase phase;
  object.at("iterations").get_to(phase.iterations);
  object.at("learning_rate").get_to(phase.learning_rate);
  read_if_present(object, "final_learning_rate", phase.final_learning_rate);
  if (object.contains("shape")) phase.shape = read_enum(object.at("shape"), kShapes);
  return phase;
}

DqnSettings read_dqn(const Json& object) {
  DqnSettings settings;
  settings.recipe = read_enum(object.at("recipe"), kRecipes);
  settings.outputs = read_enum(object.at("outputs"), kOutputs);
  settings.start = read_enum(object.at("start"), kStarts);
  object.at("reward_smoothing").get_to(settings.reward_smoothing);
  settings.center_targets = read_enum(object.at("center_targets"), kCenters);
  object.at("history_metrics").get_to(settings.history_metrics);
  object.at("history_gaps").get_to(settings.history_gaps);
  object.at("layers").get_to(settings.layers);
  object.at("width").get_to(settings.width);
  object.at("discount").get_to(settings.discount);
  object.at("batch").get_to(settings.batch);
  object.at("mini_batches").get_to(settings.mini_batches);
  for (const Json& phase : object.at("schedule")) settings.schedule.push_back(read_phase(phase));
  object.at("evaluate_every").get_to(settings.evaluate_every);
  settings.training_sequences = read_size(object.at("training_sequences"));
  settings.validation = read_size(object.at("validation"));
  settings.keep = read_enum(object.at("keep"), kKeeps);
  return settings;
}

void read_test(const Json& value, const std::filesystem::path& folder, RunSettings& run) {
  run.test = read_size(value);
  run.own_test_metric_sequence.reset();
  run.own_test_arrivals.reset();
  if (value.contains("metric_sequence"))
    run.own_test_metric_sequence = read_metric_sequence(value.at("metric_sequence"), folder);
  if (value.contains("arrivals"))
    run.own_test_arrivals = read_arrivals(value.at("arrivals"), folder);
}

StoreSettings read_store(const Json& value) {
  StoreSettings store;
  value.at("weights").get_to(store.weights);
  value.at("statistics").get_to(store.statistics);
  store.traces = read_size(value.at("traces"));
  value.at("traces").at("first_sequence").get_to(store.first_traced_sequence);
  return store;
}

using ReadMember = void (*)(const Json& value, const std::filesystem::path& folder,
                            RunSettings& run);
struct Member {
  const char* name;
  ReadMember read;
};
using Folder = std::filesystem::path;

/// Everything that a run's settings consist of. Each reads all of its fields anew.
constexpr Member kMembers[] = {
    {"dataset",
     [](const Json& value, const Folder& folder, RunSettings& run) {
       run.dataset = (folder / value.get<std::string>()).lexically_normal().string();
     }},
    {"rate", [](const Json& value, const Folder&, RunSettings& run) { value.get_to(run.rate); }},
    {"depth", [](const Json& value, const Folder&, RunSettings& run) { value.get_to(run.depth); }},
    {"metric_sequence",
     [](const Json& value, const Folder& folder, RunSettings& run) {
       run.metric_sequence = read_metric_sequence(value, folder);
     }},
    {"arrivals", [](const Json& value, const Folder& folder,
                    RunSettings& run) { run.arrivals = read_arrivals(value, folder); }},
    {"policies",
     [](const Json& value, const Folder&, RunSettings& run) {
       run.policies.clear();
       for (const Json& policy : value) run.policies.push_back(read_policy(policy));
     }},
    {"rules", [](const Json& value, const Folder&,
                 RunSettings& run) { run.rules = read_enum(value, kRules); }},
    {"training_deviation", [](const Json& value, const Folder&,
                              RunSettings& run) { value.get_to(run.training_deviation); }},
    {"devices",
     [](const Json& value, const Folder&, RunSettings& run) { run.fleet = read_fleet(value); }},
    {"mdp",
     [](const Json& value, const Folder&, RunSettings& run) {
       run.mdp.stop = read_enum(value.at("stop"), kStops);
       value.at("discount").get_to(run.mdp.discount);
     }},
    {"dqn", [](const Json& value, const Folder&, RunSettings& run) { run.dqn = read_dqn(value); }},
    {"test", read_test},
    {"math", [](const Json& value, const Folder&,
                RunSettings& run) { run.math = read_enum(value, kMaths); }},
    {"seed", [](const Json& value, const Folder&, RunSettings& run) { value.get_to(run.seed); }},
    {"test_seed",
     [](const Json& value, const Folder&, RunSettings& run) { value.get_to(run.test_seed); }},
    {"store",
     [](const Json& value, const Folder&, RunSettings& run) { run.store = read_store(value); }},
};

}  // namespace

const char* math_name(Math math) { return kMaths[math == Math::exact ? 0 : 1].first; }

RunSettings settings_from_json(const Json& settings, const std::filesystem::path& folder) {
  RunSettings run;
  for (const Member& member : kMembers) member.read(settings.at(member.name), folder, run);
  return run;
}

const RunSettings& SettingsReader::read(const RunConfig& config) {
  const RunConfig last = std::exchange(last_, {});  // nothing is known after an exception
  const ConfigTexts& texts = *config.texts();
  bool alike = config.texts() == last.texts() && config.piece_count() == last.piece_count();
  for (size_t i = 0; alike && i < config.piece_count(); ++i)
    alike =
        config.piece(i) == last.piece(i) || texts.key(config.piece(i)) == texts.key(last.piece(i));
  if (!alike) settings_ = {};
  for (size_t i = 0; i < config.piece_count(); ++i) {
    const uint32_t piece = config.piece(i);
    if (alike && piece == last.piece(i)) continue;
    for (const Member& member : kMembers)
      if (texts.key(piece) == member.name)
        member.read(Json::parse(texts.value(piece)), folder_, settings_);
  }
  last_ = config;
  return settings_;
}

}  // namespace edgesweep
