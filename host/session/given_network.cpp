#include "host/session/given_network.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "host/config/defaults.h"
#include "host/config/settings_json.h"
#include "host/engine/problem/resolve.h"
#include "host/engine/run/run_outcome.h"
#include "host/error.h"
#include "host/results/stored_inputs.h"
#include "host/results/stored_network.h"
#include "host/session/run_label.h"
#include "host/sha256.h"
#include "host/sweep/join.h"

namespace edgesweep {
namespace {

/// What decides the shape of a network besides the bucket.
constexpr const char* kShape[] = {"outputs", "history_metrics", "history_gaps", "layers", "width"};

std::string bucket_text(int32_t refill, int32_t cost, int32_t capacity) {
  return fmt::format("{}/{}/{}", refill, cost, capacity);
}

/// Refuses a run that the network cannot decide for.
void check_fit(const StoredRun& source, const Json& trained, const RunSpec& spec,
               const RunSettings& run, const Sweep& sweep) {
  const auto refuse = [&](const std::string& found, const std::string& allowed) {
    throw InputError(sweep.config_path, "run " + run_label(sweep, spec), found, allowed);
  };
  if (!run.has(Policy::dqn)) refuse("policies without dqn", "policies with dqn");
  const Json settings = Json::parse(spec.config.json());
  const int cameras = settings.at("devices").at("count").get<int>();
  const int trained_cameras = trained.at("devices").at("count").get<int>();
  if ((cameras == 1) != (trained_cameras == 1))
    refuse(fmt::format("devices.count {}", cameras),
           trained_cameras == 1
               ? "1: the network of run " + source.result.id + " is a single camera's"
               : "2 or more: the network of run " + source.result.id + " is one of many cameras");
  for (const char* name : kShape) {
    const Json& wanted = settings.at("dqn").at(name);
    const Json& given = trained.at("dqn").at(name);
    if (wanted != given)
      refuse(fmt::format("dqn.{} {}", name, wanted.dump()),
             fmt::format("{}, as the network of run {} has (--set dqn.{}={})", given.dump(),
                         source.result.id, name, given.dump()));
  }
  if (cameras > 1) return;  // the network sees margins, no tokens
  const RunResult& result = source.result;
  const TokenBucket bucket = bucket_of(run);
  const std::string wanted = bucket_text(bucket.refill, bucket.cost, bucket.capacity);
  const std::string given =
      bucket_text(result.bucket_refill, result.bucket_cost, result.bucket_capacity);
  if (wanted != given)
    refuse("a token bucket whose integers Q/P/M are " + wanted,
           fmt::format("{}, for which the network of run {} has outputs (--set rate={} --set "
                       "depth={})",
                       given, result.id, trained.at("rate").dump(), trained.at("depth").dump()));
}

/// Where the dataset lies that a network with after_states was trained on; empty with
/// action_values. Its decisions need that dataset's rewards.
std::string dataset_of(const StoredSweep& results, const StoredRun& source,
                       const std::string& file) {
  const RunSettings settings = settings_from_json(Json::parse(source.config.json()), "");
  if (settings.dqn.outputs == Outputs::action_values) return "";
  return StoredInputs(results, file).settings_of(source).dataset;
}

}  // namespace

TrainingState given_network(const StoredRun& run, const std::string& file) {
  const RunResult& result = run.result;
  const auto refuse = [&](const std::string& found, const std::string& allowed) {
    throw InputError(file, "run " + result.id, found, allowed);
  };
  if (result.status == RunStatus::failed)
    refuse("a failed run (" + result.failure + ")", "a run that is done");
  if (result.layer_sizes.empty()) refuse("no dqn among its policies", "a run with a trained dqn");
  if (result.weights.empty())
    refuse("no weights", "a run of a config with store.weights, which keeps them");
  stored_network(run, file);  // the settings can be read, and the weights are as many as they say
  TrainingState state;
  state.reward_factor = result.reward_factor;
  state.weights = result.weights;
  state.adam_mean.assign(result.weights.size(), 0.0f);
  state.adam_square.assign(result.weights.size(), 0.0f);
  state.best_iteration = result.best_iteration;
  state.best_validation_loss = result.best_validation_loss;
  state.best_weights = result.best_weights;
  return state;
}

void give_network(const StoredSweep& results, const StoredRun& source, const std::string& file,
                  Sweep& sweep) {
  const Json trained = Json::parse(source.config.json());
  const DqnSettings dqn = settings_from_json(trained, "").dqn;
  const std::vector<float>& weights = tested_weights(dqn, source.result);
  Json network{{"run", source.result.id},
               {"results", results_digest(results)},
               {"weights", sha256_hex(weights.data(), weights.size() * sizeof(float))},
               {"metric_mean", source.result.metric_mean},
               {"metric_deviation", source.result.metric_deviation}};
  const double reward_factor = source.result.reward_factor;
  if (reward_factor != 1) network["reward_factor"] = reward_factor;  // as for a file that lacks it
  const RunContext context{
      std::filesystem::path(sweep.config_path).parent_path(),
      [scale = MetricScale{source.result.metric_mean, source.result.metric_deviation},
       dataset = dataset_of(results, source, file), reward_factor](RunSettings& run) {
        run.dqn.schedule.clear();
        run.dqn.evaluate_every = 0;
        run.dqn.start = DqnSettings::Start::random;  // nothing is computed for a start
        if (run.dqn.outputs == Outputs::action_values)
          run.dqn.reward_smoothing = 0;
        else  // decisions add what the images it was trained on promise
          run.trained_dataset = dataset;
        run.reward_factor = reward_factor;
        run.metric_scale = scale;
      }};
  RunMaker maker(context);
  RunReader reader;
  std::map<std::string, std::string> new_id;
  for (RunSpec& spec : sweep.runs) {
    check_fit(source, trained, spec, reader.read(spec), sweep);
    Json settings = Json::parse(spec.config.json());
    settings["dqn"] = trained.at("dqn");
    settings["network"] = network;
    complete_members(settings, setting_members());
    SettingColumns columns = setting_columns(settings);
    for (const char* name : {"run", "results", "weights"})
      columns.emplace_back(std::string("network_") + name, network.at(name).get<std::string>());
    RunSpec given = maker.make(maker.texts().add(canonical_text(settings), columns));
    new_id[spec.id] = given.id;
    spec = std::move(given);
  }
  for (Experiment& experiment : sweep.experiments)
    for (std::string& id : experiment.runs) id = new_id.at(id);
  Json config = Json::parse(sweep.resolved_json);
  config["network"] = network;
  sweep.resolved_json = canonical_text(config);
}

}  // namespace edgesweep
