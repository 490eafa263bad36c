#include "host/engine/plan.h"

#include <algorithm>
#include <numeric>

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

RunPlan plan_run(const RunSettings& settings) {
  RunPlan plan;
  plan.bucket = bucket_of(settings);
  if (!settings.has(Policy::dqn)) return plan;
  const DqnSettings& dqn = settings.dqn;
  plan.shape = make_network_shape(dqn, plan.bucket);
  const double windows = static_cast<double>(windows_per_iteration(dqn));
  plan.iteration_work = windows * (plan.shape->forward_work() + plan.shape->training_work());
  const double iterations = static_cast<double>(dqn.iterations());
  plan.training_work = iterations * plan.iteration_work;
  if (dqn.evaluate_every > 0) {
    // At 0, at every multiple, and at the end.
    const int64_t last = dqn.iterations();
    plan.evaluations = 1 + last / dqn.evaluate_every + (last % dqn.evaluate_every != 0 ? 1 : 0);
    plan.evaluation_work =
        (images(dqn.training_sequences) + images(dqn.validation)) * decision_work(*plan.shape);
    plan.training_work += static_cast<double>(plan.evaluations) * plan.evaluation_work;
  }
  plan.simulation_work = images(settings.test) * decision_work(*plan.shape);
  plan.memory_bytes = CpuTrainer::memory_bytes(dqn, plan.bucket, *plan.shape);
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

}  // namespace

SweepPlan make_plan(const std::vector<RunSettings>& runs, int threads) {
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
  std::vector<double> memory;
  for (const RunPlan& run : plan.runs) memory.push_back(run.memory_bytes);
  std::sort(memory.rbegin(), memory.rend());
  memory.resize(std::min(memory.size(), static_cast<size_t>(threads)));
  plan.memory_bytes = std::accumulate(memory.begin(), memory.end(), 0.0);
  return plan;
}

}  // namespace edgesweep
