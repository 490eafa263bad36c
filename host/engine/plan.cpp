#include "host/engine/plan.h"

#include <algorithm>
#include <numeric>

#include "host/engine/clairvoyant_plan.h"
#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/prepare.h"

namespace edgesweep {
namespace {

double images(const SimulationSize& size) {
  return static_cast<double>(size.sequences) * static_cast<double>(size.images);
}

/// First layer to decision: the hidden layers, and one column difference of the last.
double decision_work(const NetworkShape& shape) {
  double work = 2.0 * shape.sizes[shape.sizes.size() - 2];
  for (int l = 0; l + 1 < shape.layers(); ++l) work += 2.0 * shape.sizes[l] * shape.sizes[l + 1];
  return work;
}

/// Traces and weights wait in memory until the results file is written.
double result_bytes(const RunSettings& settings, const std::optional<NetworkShape>& shape) {
  const double per_image = 12 + 5.0 * static_cast<double>(settings.policies.size());
  const double weights =
      shape && settings.store.weights ? 2.0 * static_cast<double>(shape->parameters()) : 0;
  return images(settings.store.traces) * per_image + sizeof(float) * weights;
}

/// Of the network, for each window that is trained on. Of a fleet, all images it sees.
double forward_passes(const RunSettings& settings) {
  if (settings.devices.count == 1) return 1;
  const DeviceSettings::Training& training = settings.devices.training;
  return static_cast<double>(training.warm_up + training.steps + training.horizon) /
         static_cast<double>(training.steps);
}

RunPlan plan_run(const RunSettings& settings) {
  RunPlan plan;
  plan.bucket = bucket_of(settings);
  plan.result_bytes = result_bytes(settings, std::nullopt);
  if (settings.has(Policy::clairvoyant) || settings.has(Policy::clairvoyant_metric))
    plan.simulation_bytes =
        clairvoyant_bytes(clairvoyant_layout(plan.bucket, settings.test.images));
  if (!settings.has(Policy::dqn)) return plan;
  const DqnSettings dqn = network_settings(settings);
  const TokenBucket outputs = network_bucket(settings, plan.bucket);
  plan.shape = make_network_shape(dqn, outputs);
  const double windows = static_cast<double>(windows_per_iteration(dqn));
  const int devices = settings.devices.count;
  plan.iteration_work = windows * (forward_passes(settings) * plan.shape->forward_work() +
                                   plan.shape->training_work());
  const double iterations = static_cast<double>(dqn.iterations());
  plan.training_work = iterations * plan.iteration_work;
  if (dqn.evaluate_every > 0) {
    // At 0, at every multiple, and at the end.
    const int64_t last = dqn.iterations();
    plan.evaluations = 1 + last / dqn.evaluate_every + (last % dqn.evaluate_every != 0 ? 1 : 0);
    plan.evaluation_work = (images(dqn.training_sequences) + images(dqn.validation)) * devices *
                           decision_work(*plan.shape);
    plan.training_work += static_cast<double>(plan.evaluations) * plan.evaluation_work;
  }
  plan.result_bytes = result_bytes(settings, plan.shape);
  plan.simulation_work = images(settings.test) * devices * decision_work(*plan.shape);
  plan.network_bytes = CpuTrainer::network_bytes(*plan.shape);
  plan.scratch_bytes = TrainingScratch::bytes(dqn, outputs, *plan.shape);
  return plan;
}

int join_cohort(std::vector<CohortPlan>& cohorts, const NetworkShape& shape, int batch,
                size_t run) {
  const std::vector<int32_t> sizes(shape.sizes.begin(), shape.sizes.end() - 1);
  auto cohort = std::find_if(cohorts.begin(), cohorts.end(), [&](const CohortPlan& c) {
    return c.sizes == sizes && c.batch == batch;
  });
  if (cohort == cohorts.end()) cohort = cohorts.insert(cohort, CohortPlan{sizes, batch, {}});
  cohort->runs.push_back(run);
  return static_cast<int>(cohort - cohorts.begin());
}

bool same_sequences(const MetricSequenceSettings& a, const MetricSequenceSettings& b) {
  return a.type == b.type && a.spread == b.spread && a.reset_probability == b.reset_probability &&
         a.training_file == b.training_file;
}

bool same_arrivals(const ArrivalSettings& a, const ArrivalSettings& b) {
  return a.type == b.type && a.interval_1 == b.interval_1 && a.interval_2 == b.interval_2 &&
         a.p_12 == b.p_12 && a.p_21 == b.p_21 && a.training_file == b.training_file &&
         a.file == b.file;
}

bool same_images(const RunSettings& a, const RunSettings& b) {
  return a.dataset == b.dataset && a.metric_scale == b.metric_scale && a.rules == b.rules &&
         a.training_deviation == b.training_deviation;
}

bool same_mdp(const RunSettings& a, const RunSettings& b) {
  return same_images(a, b) && bucket_of(a) == bucket_of(b) &&
         same_arrivals(a.arrivals, b.arrivals) && a.mdp.discount == b.mdp.discount &&
         a.mdp.stop == b.mdp.stop;
}

/// Classes of the runs that `counts` under `same`, an equivalence.
template <typename Counts, typename Same>
int64_t count_different(const std::vector<RunSettings>& runs, const Counts& counts,
                        const Same& same) {
  std::vector<const RunSettings*> seen;
  for (const RunSettings& run : runs) {
    if (!counts(run)) continue;
    // From the latest on: neighbours in a sweep are alike.
    const bool known = std::any_of(seen.rbegin(), seen.rend(),
                                   [&](const RunSettings* other) { return same(run, *other); });
    if (!known) seen.push_back(&run);
  }
  return static_cast<int64_t>(seen.size());
}

/// Bytes of a thread's group of runs: one scratch, and the state of every network.
double group_bytes(const std::vector<RunPlan>& runs, size_t group) {
  std::vector<double> networks;
  double scratch = 0;
  for (const RunPlan& run : runs) {
    networks.push_back(run.network_bytes);
    scratch = std::max(scratch, run.scratch_bytes);
  }
  std::sort(networks.rbegin(), networks.rend());
  networks.resize(std::min(networks.size(), group));
  return std::accumulate(networks.begin(), networks.end(), scratch);
}

/// The program with its libraries, a dataset of the paper's size, and the sequences of a simulation
/// in every thread.
constexpr double kProgramBytes = 24e6;
constexpr double kThreadBytes = 2e6;

void plan_memory(SweepPlan& plan, int threads, double limit) {
  const auto runs = static_cast<int>(plan.runs.size());
  plan.workers = std::clamp(threads, 1, std::max(runs, 1));
  const auto group =
      static_cast<size_t>(std::clamp((runs + plan.workers - 1) / plan.workers, 1, kLargestGroup));
  double fixed = kProgramBytes + kThreadBytes * threads;
  for (const RunPlan& run : plan.runs) {
    fixed += run.result_bytes;
    plan.simulation_bytes = std::max(plan.simulation_bytes, run.simulation_bytes);
  }
  fixed += plan.simulation_bytes * threads;
  const double each = group_bytes(plan.runs, group);
  if (limit > 0)
    while (plan.workers > 1 && fixed + each * plan.workers > limit) --plan.workers;
  plan.memory_bytes = fixed + each * plan.workers;
}

}  // namespace

bool share_windows(const RunSettings& a, const RunSettings& b) {
  return a.has(Policy::dqn) && b.has(Policy::dqn) && a.devices.count == 1 && b.devices.count == 1 &&
         same_images(a, b) && a.seed == b.seed &&
         same_sequences(a.metric_sequence, b.metric_sequence) &&
         same_arrivals(a.arrivals, b.arrivals) && a.dqn.history_metrics == b.dqn.history_metrics &&
         a.dqn.history_gaps == b.dqn.history_gaps && a.dqn.batch == b.dqn.batch &&
         a.dqn.mini_batches == b.dqn.mini_batches && a.dqn.outputs == b.dqn.outputs &&
         // The rewards in the windows: smoothed, and times a factor.
         a.dqn.reward_smoothing == b.dqn.reward_smoothing && a.dqn.recipe == b.dqn.recipe &&
         a.reward_factor == b.reward_factor;
}

SweepPlan make_plan(const std::vector<RunSettings>& runs, int threads, double memory_limit) {
  SweepPlan plan;
  for (size_t i = 0; i < runs.size(); ++i) {
    RunPlan run = plan_run(runs[i]);
    if (run.shape) run.cohort = join_cohort(plan.cohorts, *run.shape, runs[i].dqn.batch, i);
    plan.work += run.training_work + run.simulation_work;
    plan.runs.push_back(std::move(run));
  }
  plan.order.resize(runs.size());
  std::iota(plan.order.begin(), plan.order.end(), size_t{0});
  std::stable_sort(plan.order.begin(), plan.order.end(), [&](size_t a, size_t b) {
    return plan.runs[a].training_work + plan.runs[a].simulation_work >
           plan.runs[b].training_work + plan.runs[b].simulation_work;
  });
  plan_memory(plan, threads, memory_limit);
  const auto on_windows = [](const RunSettings& run) {
    return run.has(Policy::dqn) && run.devices.count == 1;
  };
  plan.window_networks = std::count_if(runs.begin(), runs.end(), on_windows);
  plan.window_sets = count_different(runs, on_windows, share_windows);
  plan.mdp_solutions = count_different(
      runs, [](const RunSettings& run) { return run.has(Policy::mdp); }, same_mdp);
  plan.search = plan_searches(runs);
  return plan;
}

}  // namespace edgesweep
