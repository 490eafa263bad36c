#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "host/cli/commands.h"
#include "host/cli/device_plan_text.h"
#include "host/cli/terminal.h"
#include "host/engine/plan/machine.h"
#include "host/engine/plan/sweep_plan.h"
#include "host/engine/run/backend.h"
#include "host/session/run_label.h"
#include "host/session/sweep_inputs.h"
#include "host/session/sweep_jobs.h"
#include "host/sweep/expand.h"
#include "host/text.h"

namespace edgesweep {
namespace {

/// "96-5x64-71"
std::string shape_text(const NetworkShape& shape) {
  std::string text = std::to_string(shape.inputs());
  for (size_t l = 1; l + 1 < shape.sizes.size();) {
    size_t end = l;
    while (end + 1 < shape.sizes.size() && shape.sizes[end] == shape.sizes[l]) ++end;
    text += end - l == 1 ? fmt::format("-{}", shape.sizes[l])
                         : fmt::format("-{}x{}", end - l, shape.sizes[l]);
    l = end;
  }
  return text + "-" + std::to_string(shape.outputs());
}

void print_runs(const Sweep& sweep, const SweepPlan& plan) {
  std::vector<std::string> header = {"run"};
  header.insert(header.end(), sweep.swept.begin(), sweep.swept.end());
  for (const char* name :
       {"Q/P/M", "network", "parameters", "Q iterations", "training", "simulation", "memory"})
    header.emplace_back(name);
  const auto settings_of_run = settings_of(sweep);
  const auto row_of = [&](size_t i) {
    const RunSpec& spec = sweep.runs[i];
    const RunPlan& run = plan.runs[i];
    std::vector<std::string> row = {spec.id};
    for (const std::string& column : sweep.swept) row.push_back(setting_of(spec, column));
    row.push_back(fmt::format("{}/{}/{}", run.bucket.refill, run.bucket.cost, run.bucket.capacity));
    if (!run.shape) {
      row.insert(row.end(), header.size() - row.size(), "-");
      return row;
    }
    row.push_back(shape_text(*run.shape));
    row.push_back(std::to_string(run.shape->parameters()));
    row.push_back(std::to_string(settings_of_run(i).dqn.iterations()));
    row.push_back(with_prefix(run.training_work, "FLOP"));
    row.push_back(with_prefix(run.simulation_work, "FLOP"));
    row.push_back(with_prefix(run.memory_bytes(), "B"));
    return row;
  };
  print_text_table(header, sweep.runs.size(), row_of,
                   [](const std::string& line) { print_output("{}", line); });
}

/// Rates that are rounded to the same fraction: their runs have one bucket.
std::string equal_rates_text(const Sweep& sweep, const SweepPlan& plan) {
  const auto settings_of_run = settings_of(sweep);
  using Bucket = std::tuple<double, int32_t, int32_t, int32_t>;  // of a depth
  std::map<Bucket, std::set<double>> rates;
  for (size_t i = 0; i < sweep.runs.size(); ++i) {
    const RunSettings& run = settings_of_run(i);
    const TokenBucket& bucket = plan.runs[i].bucket;
    rates[{run.depth, bucket.refill, bucket.cost, bucket.capacity}].insert(run.rate);
  }
  std::set<std::string> notes;  // one for all depths
  for (const auto& [bucket, equal] : rates)
    if (equal.size() > 1)
      notes.insert(
          fmt::format("Note: the rates {} are one token bucket, of rate {}/{}: a bucket's "
                      "rate is a fraction of whole numbers up to 100.\n",
                      fmt::join(equal, ", "), std::get<1>(bucket), std::get<2>(bucket)));
  std::string text;
  for (const std::string& note : notes) text += note;
  return text;
}

std::string cohorts_text(const SweepPlan& plan) {
  std::vector<std::vector<std::string>> rows;
  for (size_t c = 0; c < plan.cohorts.size(); ++c) {
    const CohortPlan& cohort = plan.cohorts[c];
    int fewest = plan.runs[cohort.runs.front()].shape->outputs();
    int most = fewest;
    double work = 0;
    for (const size_t run : cohort.runs) {
      fewest = std::min(fewest, plan.runs[run].shape->outputs());
      most = std::max(most, plan.runs[run].shape->outputs());
      work += plan.runs[run].training_work;
    }
    std::string sizes;
    for (const int32_t size : cohort.sizes)
      sizes += (sizes.empty() ? "" : "-") + std::to_string(size);
    rows.push_back({std::to_string(c + 1), sizes, std::to_string(cohort.batch),
                    fewest == most ? std::to_string(fewest) : fmt::format("{}..{}", fewest, most),
                    std::to_string(cohort.runs.size()), with_prefix(work, "FLOP")});
  }
  return text_table(
      {"cohort", "inputs and hidden layers", "batch", "outputs", "networks", "training"}, rows);
}

std::string counted(int64_t number, const std::string& what, const char* plural = "s") {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : plural);
}

/// The experiments that a config includes, and what they share; nothing for a plain config.
std::string experiments_text(const Sweep& sweep) {
  if (sweep.experiments.size() == 1) return "";
  std::vector<std::vector<std::string>> rows;
  size_t asked = 0;
  for (const Experiment& experiment : sweep.experiments) {
    std::string swept;
    for (const std::string& name : experiment.swept) swept += (swept.empty() ? "" : ", ") + name;
    rows.push_back({experiment.name, std::to_string(experiment.runs.size()), swept});
    asked += experiment.runs.size();
  }
  return fmt::format("\n{}\n{} ask for {}; shared runs are executed once: {} saved.\n",
                     text_table({"experiment", "runs", "swept"}, rows),
                     counted(static_cast<int64_t>(sweep.experiments.size()), "experiment"),
                     counted(static_cast<int64_t>(asked), "run"), asked - sweep.runs.size());
}

/// What runs that are alike do not each pay for.
std::string saved_text(const SweepPlan& plan) {
  std::string text;
  if (plan.window_networks > 0)
    text += fmt::format(
        "Windows: {} for {}; a thread draws them once for up to {} networks that share them.\n",
        counted(plan.window_sets, "set"), counted(plan.window_networks, "network"), kLargestGroup);
  if (plan.mdp_solutions > 0)
    text += fmt::format("MDPs: {}, each solved once.\n", plan.mdp_solutions);
  if (plan.search.searches > 0)
    text += fmt::format(
        "Searches for hierarchical: {}, before any run, for {}; {} buckets to try, {} at most (a "
        "bucket is given up when it cannot win).\n",
        plan.search.searches, counted(plan.search.switches, "switch", "es"), plan.search.points,
        with_prefix(plan.search.work, "slots"));
  if (plan.simulation_bytes > 0)
    text += fmt::format("Clairvoyant policies: {} in every thread, for a segment of a sequence.\n",
                        with_prefix(plan.simulation_bytes, "B"));
  if (plan.window_networks > 0)
    text += "Simulation: images without a token in the bucket need no network.\n";
  return text;
}

using nlohmann::ordered_json;

/// One line of JSON; texts of files may hold any bytes.
std::string json_line(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

/// What one run is and what it costs. `config` is its text in /configs of a results file.
std::string run_json(const RunSpec& spec, const RunPlan& run, const RunSettings& settings) {
  ordered_json cost{
      {"bucket",
       {{"refill", run.bucket.refill},
        {"cost", run.bucket.cost},
        {"capacity", run.bucket.capacity}}},
      {"network", run.shape ? ordered_json(run.shape->sizes) : ordered_json()},
      {"parameters", run.shape ? ordered_json(run.shape->parameters()) : ordered_json()},
      {"iterations", run.shape ? settings.dqn.iterations() : 0},
      {"training_flop", run.training_work},
      {"simulation_flop", run.simulation_work},
      {"memory_bytes", run.memory_bytes()}};
  // The config's text goes in as it is: its numbers are those of the run, to the last digit.
  return fmt::format(R"({{"id":{},"dataset":{},"config":{},"cost":{}}})", json_line(spec.id),
                     json_line(settings.dataset), spec.config.json(), json_line(cost));
}

ordered_json experiment_json(const Experiment& experiment) {
  return {{"name", experiment.name},
          {"description", experiment.description},
          {"swept", experiment.swept},
          {"runs", experiment.runs}};
}

/// One object, a line a run: there may be 100,000.
void print_json(const Sweep& sweep, const SweepPlan& plan) {
  ordered_json experiments = ordered_json::array();
  for (const Experiment& experiment : sweep.experiments)
    experiments.push_back(experiment_json(experiment));
  print_output("{{\"name\":{},\n\"description\":{},\n\"config_path\":{},\n\"swept\":{},\n",
               json_line(sweep.name), json_line(sweep.description), json_line(sweep.config_path),
               json_line(sweep.swept));
  print_output("\"experiments\":{},\n\"threads\":{},\n\"work_flop\":{},\n\"memory_bytes\":{},\n",
               json_line(experiments), plan.workers, json_line(plan.work),
               json_line(plan.memory_bytes));
  print_output("\"runs\":[");
  const auto settings_of_run = settings_of(sweep);
  for (size_t i = 0; i < sweep.runs.size(); ++i)
    print_output("{}\n{}", i == 0 ? "" : ",",
                 run_json(sweep.runs[i], plan.runs[i], settings_of_run(i)));
  print_output("\n]}}\n");
}

}  // namespace

int plan_command(const PlanOptions& options) {
  const Sweep sweep = load_sweep(options.config, options.changes);
  check_presence(sweep);
  InputCache inputs;
  const std::vector<std::string> notes = reward_size_notes(sweep, inputs);
  const int threads = threads_to_use(options.threads);
  const double limit =
      options.memory > 0 ? static_cast<double>(options.memory) : available_memory_bytes();
  const SweepPlan plan = make_plan(sweep.runs.size(), settings_of(sweep), threads, limit);

  if (options.json) {
    print_json(sweep, plan);
    print_notes(notes);
    return 0;
  }
  print_output("{}: {}\n{}\n", sweep.name, counted(static_cast<int64_t>(sweep.runs.size()), "run"),
               experiments_text(sweep));
  print_runs(sweep, plan);
  if (!plan.cohorts.empty()) print_output("\n{}", cohorts_text(plan));
  // Thresholds alone take no floating-point work worth counting.
  if (plan.work > 0) print_output("\nWork: {}.", with_prefix(plan.work, "FLOP"));
  print_output("{}Memory: {}, with {} at work.\n{}", plan.work > 0 ? " " : "\n",
               with_prefix(plan.memory_bytes, "B"), counted(plan.workers, "thread"),
               saved_text(plan) + equal_rates_text(sweep, plan));
  if (!options.device.empty())
    print_output("\n{}", device_plan_text(settings_of(sweep), plan, options.device));
  print_notes(notes);
  return 0;
}

}  // namespace edgesweep
