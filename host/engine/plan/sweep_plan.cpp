#include "host/engine/plan/sweep_plan.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "host/engine/network/padding.h"
#include "host/engine/plan/clairvoyant_plan.h"
#include "host/engine/problem/keys.h"
#include "host/engine/problem/resolve.h"
#include "host/engine/problem/run_result.h"
#include "host/engine/problem/windows.h"
#include "host/engine/run/searches.h"

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

double states(const TokenBucket& bucket) { return bucket.capacity - bucket.refill + 1.0; }

/// Test images of a dataset of the paper's size: what a dataset holds is not looked at.
constexpr double kTestImages = 16'667;

/// Per image of a trace: rank, metric and gap, and of each policy what it did and with which units.
double trace_bytes(const RunSettings& settings) {
  double per_image = 12;
  for (const Policy policy : settings.policies) per_image += has_bucket(policy) ? 5 : 1;
  return images(settings.store.traces) * per_image;
}

double statistics_bytes(const RunSettings& settings, const TokenBucket& bucket) {
  if (!settings.store.statistics) return 0;
  if (settings.fleet.count > 1)
    return sizeof(int64_t) * states(bucket) * static_cast<double>(settings.policies.size());
  double counts = kTestImages;
  for (const Policy policy : {Policy::baseline, Policy::mdp})
    if (settings.has(policy)) counts += kTestImages + 2 * states(bucket);
  return sizeof(int64_t) * counts;
}

/// The arrays of a result wait in memory until all of the results are written.
double result_bytes(const RunSettings& settings, const RunPlan& plan) {
  const double weights = plan.shape && settings.store.weights
                             ? 2.0 * static_cast<double>(plan.shape->parameters())
                             : 0;
  const double thresholds = settings.has(Policy::mdp) ? states(plan.bucket) : 0;
  return trace_bytes(settings) + statistics_bytes(settings, plan.bucket) + sizeof(float) * weights +
         sizeof(double) * thresholds + sizeof(CurvePoint) * static_cast<double>(plan.evaluations);
}

/// What a network takes while it trains on the CPU, with its TrainingState: the sizes of
/// host/engine/cpu's matrices.
double network_bytes(const NetworkShape& shape) {
  double parameters = 0;
  for (int l = 0; l < shape.layers(); ++l)
    parameters += (shape.sizes[l] + 1.0) * padded(shape.sizes[l + 1]);
  // Weights and two moments as the kernels want them, then the same and the best weights as stored.
  return sizeof(float) * (3 * parameters + 4.0 * static_cast<double>(shape.parameters()));
}

/// ... and the room for one Q iteration, which networks on one thread share. bucket: its states are
/// the network's outputs.
double scratch_bytes(const DqnSettings& dqn, const TokenBucket& bucket, const NetworkShape& shape) {
  const double rows = static_cast<double>(windows_per_iteration(dqn));
  double hidden = 0;
  for (int l = 1; l < shape.layers(); ++l)
    hidden += padded_stride(shape.sizes[static_cast<size_t>(l)]);
  const int widest = padded_widest_hidden(shape);
  const double step =
      dqn.batch * (hidden + 2.0 * padded_stride(widest) + padded_stride(kPanelColumns)) +
      static_cast<double>(std::max(widest, kPanelColumns)) * widest;
  // Two threads at one mini-batch keep the gradients of all layers.
  const double pair = dqn.batch * (hidden + padded_stride(shape.outputs())) +
                      2.0 * std::max(widest, kPanelColumns) * widest + padded(shape.outputs());
  return windows_bytes(dqn) + sizeof(float) * (rows * (padded_values(bucket) + 2.0) + step + pair);
}

RunPlan plan_work(const RunSettings& settings) {
  RunPlan plan;
  plan.bucket = bucket_of(settings);
  if (settings.has(Policy::clairvoyant) || settings.has(Policy::clairvoyant_metric))
    plan.simulation_bytes =
        clairvoyant_bytes(clairvoyant_layout(plan.bucket, settings.test.images));
  if (!settings.has(Policy::dqn)) return plan;
  const DqnSettings dqn = network_settings(settings);
  const TokenBucket outputs = network_bucket(settings, plan.bucket);
  plan.shape = make_network_shape(dqn, outputs);
  const double windows = static_cast<double>(windows_per_iteration(dqn));
  const int cameras = settings.fleet.count;
  const double forward_passes = cameras > 1 ? decisions_per_sample(settings.fleet.training) : 1;
  plan.iteration_work =
      windows * (forward_passes * plan.shape->forward_work() + plan.shape->training_work());
  const double iterations = static_cast<double>(dqn.iterations());
  plan.training_work = iterations * plan.iteration_work;
  if (dqn.evaluate_every > 0) {
    // At 0, at every multiple, and at the end.
    const int64_t last = dqn.iterations();
    plan.evaluations = 1 + last / dqn.evaluate_every + (last % dqn.evaluate_every != 0 ? 1 : 0);
    plan.evaluation_work = (images(dqn.training_sequences) + images(dqn.validation)) * cameras *
                           decision_work(*plan.shape);
    plan.training_work += static_cast<double>(plan.evaluations) * plan.evaluation_work;
  }
  plan.simulation_work = images(settings.test) * cameras * decision_work(*plan.shape);
  plan.network_bytes = network_bytes(*plan.shape);
  plan.scratch_bytes = scratch_bytes(dqn, outputs, *plan.shape);
  return plan;
}

RunPlan plan_run(const RunSettings& settings) {
  RunPlan plan = plan_work(settings);
  plan.result_bytes = result_bytes(settings, plan);
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

bool trains_on_windows(const RunSettings& run) {
  return run.has(Policy::dqn) && run.fleet.count == 1;
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

/// Of a run from the beginning of the sweep to its end: its plan, job, progress and texts, and its
/// result without arrays.
constexpr double kRunBytes = 5e3;

/// A solved MDP is kept for runs that have the same: thresholds and values of all states.
double solution_bytes(const TokenBucket& bucket) {
  constexpr double kRest = 500;
  return 2 * sizeof(double) * states(bucket) + kRest;
}

void plan_memory(SweepPlan& plan, int threads, double limit) {
  const auto runs = static_cast<int>(plan.runs.size());
  plan.workers = std::clamp(threads, 1, std::max(runs, 1));
  const auto group =
      static_cast<size_t>(std::clamp((runs + plan.workers - 1) / plan.workers, 1, kLargestGroup));
  double fixed = kProgramBytes + kThreadBytes * threads + kRunBytes * runs + plan.mdp_bytes;
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
  return trains_on_windows(a) && trains_on_windows(b) && windows_key(a) == windows_key(b);
}

SweepPlan make_plan(size_t count, const SettingsOfRun& settings_of, int threads,
                    double memory_limit) {
  SweepPlan plan;
  std::set<WindowsKey> windows;
  std::set<MdpSettingsKey> mdps;
  std::vector<RunSettings> with_search;
  plan.runs.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const RunSettings& settings = settings_of(i);
    RunPlan run = plan_run(settings);
    if (run.shape) run.cohort = join_cohort(plan.cohorts, *run.shape, settings.dqn.batch, i);
    plan.work += run.training_work + run.simulation_work;
    if (trains_on_windows(settings)) {
      ++plan.window_networks;
      windows.insert(windows_key(settings));
    }
    if (settings.has(Policy::mdp) && mdps.insert(mdp_settings_key(settings, run.bucket)).second)
      plan.mdp_bytes += solution_bytes(run.bucket);
    if (needs_search(settings)) with_search.push_back(settings);
    plan.runs.push_back(std::move(run));
  }
  plan.order.resize(count);
  std::iota(plan.order.begin(), plan.order.end(), size_t{0});
  std::stable_sort(plan.order.begin(), plan.order.end(), [&](size_t a, size_t b) {
    return plan.runs[a].training_work + plan.runs[a].simulation_work >
           plan.runs[b].training_work + plan.runs[b].simulation_work;
  });
  plan_memory(plan, threads, memory_limit);
  plan.memory_bytes += static_cast<double>(with_search.size() * sizeof(RunSettings));
  plan.window_sets = static_cast<int64_t>(windows.size());
  plan.mdp_solutions = static_cast<int64_t>(mdps.size());
  plan.search = plan_searches(with_search);
  return plan;
}

SweepPlan make_plan(const std::vector<RunSettings>& runs, int threads, double memory_limit) {
  return make_plan(
      runs.size(), [&](size_t run) -> const RunSettings& { return runs[run]; }, threads,
      memory_limit);
}

}  // namespace edgesweep
