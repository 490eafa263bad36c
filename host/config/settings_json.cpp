#include "host/config/settings_json.h"

#include <array>
#include <stdexcept>
#include <utility>

namespace edgesweep {
namespace {

template <typename Enum, size_t count>
using Names = std::array<std::pair<const char*, Enum>, count>;

constexpr Names<Policy, 11> kPolicies{{{"weak", Policy::weak},
                                       {"strong", Policy::strong},
                                       {"lower_bound", Policy::lower_bound},
                                       {"baseline", Policy::baseline},
                                       {"mdp", Policy::mdp},
                                       {"dqn", Policy::dqn},
                                       {"clairvoyant", Policy::clairvoyant},
                                       {"clairvoyant_metric", Policy::clairvoyant_metric},
                                       {"isolated", Policy::isolated},
                                       {"hierarchical", Policy::hierarchical},
                                       {"smart", Policy::smart}}};
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

DeviceSettings read_devices(const Json& object) {
  DeviceSettings settings;
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

}  // namespace

const char* policy_name(Policy policy) {
  for (const auto& [name, choice] : kPolicies)
    if (choice == policy) return name;
  throw std::logic_error("unnamed policy");
}

const char* math_name(Math math) { return kMaths[math == Math::exact ? 0 : 1].first; }

RunSettings settings_from_json(const Json& settings, const std::filesystem::path& folder) {
  RunSettings run;
  read_path(settings, "dataset", folder, run.dataset);
  settings.at("rate").get_to(run.rate);
  settings.at("depth").get_to(run.depth);
  run.metric_sequence = read_metric_sequence(settings.at("metric_sequence"), folder);
  run.arrivals = read_arrivals(settings.at("arrivals"), folder);
  for (const Json& policy : settings.at("policies"))
    run.policies.push_back(read_enum(policy, kPolicies));
  run.rules = read_enum(settings.at("rules"), kRules);
  settings.at("training_deviation").get_to(run.training_deviation);
  run.devices = read_devices(settings.at("devices"));
  run.mdp.stop = read_enum(settings.at("mdp").at("stop"), kStops);
  settings.at("mdp").at("discount").get_to(run.mdp.discount);
  run.dqn = read_dqn(settings.at("dqn"));
  const Json& test = settings.at("test");
  run.test = read_size(test);
  if (test.contains("metric_sequence"))
    run.own_test_metric_sequence = read_metric_sequence(test.at("metric_sequence"), folder);
  if (test.contains("arrivals")) run.own_test_arrivals = read_arrivals(test.at("arrivals"), folder);
  run.math = read_enum(settings.at("math"), kMaths);
  settings.at("seed").get_to(run.seed);
  settings.at("test_seed").get_to(run.test_seed);
  settings.at("store").at("weights").get_to(run.store.weights);
  settings.at("store").at("statistics").get_to(run.store.statistics);
  const Json& traces = settings.at("store").at("traces");
  run.store.traces = read_size(traces);
  traces.at("first_sequence").get_to(run.store.first_traced_sequence);
  return run;
}

}  // namespace edgesweep
