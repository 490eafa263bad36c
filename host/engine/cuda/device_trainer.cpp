#include "host/engine/cuda/device_trainer.h"

#include <algorithm>

#include "host/engine/problem/problem.h"
#include "kernels/tiles.cuh"
#include "kernels/train.h"

namespace edgesweep {
namespace {

int32_t stride_of(const DqnSettings& dqn) { return (dqn.batch + 3) / 4 * 4; }

/// Columns of all window matrices side by side.
size_t columns_of(const DqnSettings& dqn) {
  return static_cast<size_t>(stride_of(dqn)) * static_cast<size_t>(dqn.mini_batches);
}

int64_t fleets_of(const TrainingProblem& problem) {
  return training_fleets(windows_per_iteration(problem.dqn), problem.fleet->at_switch.cameras,
                         problem.fleet->training);
}

int32_t window_gaps(const DqnSettings& dqn) {
  return dqn.history_gaps >= 0 ? dqn.history_gaps + 2 : 0;
}

}  // namespace

NetworkDemand demand_of(const TrainingProblem& problem, Math math) {
  NetworkDemand demand{problem.shape,  problem.dqn,
                       problem.bucket, static_cast<int>(problem.gap_probability.size()),
                       math,           {}};
  if (problem.fleet)
    demand.fleet = FleetDemand{problem.fleet->at_switch.cameras, problem.fleet->training,
                               static_cast<int64_t>(problem.fleet->threshold.size())};
  return demand;
}

DeviceTrainer::DeviceTrainer(const TrainingProblem& problem, const TrainingState& state,
                             const TrainingPlan& plan, DeviceContext& context)
    : problem_(problem),
      context_(context),
      source_(context.upload(problem.windows)),
      sizes_(problem.shape.sizes, context.stream()),
      weights_(state.weights, context.stream()),
      adam_mean_(state.adam_mean, context.stream()),
      adam_square_(state.adam_square, context.stream()),
      gap_probability_(problem.gap_probability, context.stream()),
      remaining_(problem.remaining, context.stream()) {
  const DqnSettings& dqn = problem.dqn;
  const size_t columns = columns_of(dqn);
  const size_t mini_batches = static_cast<size_t>(dqn.mini_batches);
  const int32_t gaps = window_gaps(dqn);
  windows_ = DeviceBuffer<float>(columns * static_cast<size_t>(dqn.history_metrics + 2 + gaps));
  reward_ = DeviceBuffer<float>(columns);
  next_gap_ = DeviceBuffer<int32_t>(gaps > 0 ? columns : 0);
  afterstates_ = DeviceBuffer<float>(columns * (static_cast<size_t>(problem.bucket.capacity) + 1));
  row_sum_ = DeviceBuffer<double>(static_cast<size_t>(windows_per_iteration(dqn)));
  column_loss_ = DeviceBuffer<float>(mini_batches * static_cast<size_t>(problem.shape.outputs()));
  batch_error_ = DeviceBuffer<double>(mini_batches);
  scratch_ = DeviceBuffer<float>(static_cast<size_t>(plan.training.scratch_floats()));
  if (problem.fleet) {
    const FleetSettings::Training& training = problem.fleet->training;
    fleets_.emplace(*problem.fleet, fleets_of(problem), training.steps + training.horizon,
                    context.stream());
  }
  progress_.iteration = state.iteration;
  progress_.adam_steps = state.adam_steps;
  progress_.beta_1_power = state.beta_1_power;
  progress_.beta_2_power = state.beta_2_power;
  progress_.mean_squared_error = state.mean_squared_error;
  context.stream().wait();
}

TrainTask DeviceTrainer::task() const {
  const DqnSettings& dqn = problem_.dqn;
  TrainTask task{};
  task.network = {problem_.shape.layers(), sizes_.data()};
  task.bucket = problem_.bucket;
  task.outputs = dqn.outputs;
  task.discount = static_cast<float>(dqn.discount);
  task.batch = dqn.batch;
  task.mini_batches = dqn.mini_batches;
  task.metrics = dqn.history_metrics + 2;
  task.gaps = window_gaps(dqn);
  task.rewarded_position = dqn.outputs == Outputs::after_states ? 0 : 1;
  task.stride = stride_of(dqn);
  task.iteration = static_cast<uint32_t>(progress_.iteration);
  task.center_windows = dqn.center_targets == DqnSettings::Center::window;
  task.weights = weights_.data();
  task.adam_mean = adam_mean_.data();
  task.adam_square = adam_square_.data();
  task.source = source_;
  task.gap_probability = gap_probability_.data();
  task.remaining = remaining_.data();
  task.gap_terms = static_cast<int32_t>(gap_probability_.size());
  task.windows = windows_.data();
  task.reward = reward_.data();
  task.next_gap = next_gap_.data();
  task.afterstates = afterstates_.data();
  task.row_sum = row_sum_.data();
  task.column_loss = column_loss_.data();
  task.batch_error = batch_error_.data();
  task.train_scratch = scratch_.data();
  return task;
}

LearnedFleetTask DeviceTrainer::fleet_task(const TrainTask* training) const {
  const FleetSettings::Training& sizes = problem_.fleet->training;
  LearnedFleetTask task = fleets_->task();
  task.source = source_;
  task.network = {problem_.shape.layers(), sizes_.data()};
  task.weights = weights_.data();
  task.first_sequence = progress_.iteration * task.fleets;
  task.steps = sizes.warm_up + sizes.steps + sizes.horizon;
  task.training = training;
  task.warm_up = sizes.warm_up;
  task.trained = sizes.steps;
  task.discount = problem_.dqn.discount;
  return task;
}

std::vector<float> DeviceTrainer::next_adam_steps() {
  const double learning_rate = learning_rate_at(problem_.dqn, progress_.iteration);
  std::vector<float> steps;
  for (int m = 0; m < problem_.dqn.mini_batches; ++m)
    steps.push_back(next_adam_step(progress_, learning_rate));
  return steps;
}

void DeviceTrainer::finish_iteration(double mean_squared_error) {
  progress_.mean_squared_error = mean_squared_error;
  ++progress_.iteration;
}

void DeviceTrainer::store(TrainingState& state) const {
  state.iteration = progress_.iteration;
  state.adam_steps = progress_.adam_steps;
  state.beta_1_power = progress_.beta_1_power;
  state.beta_2_power = progress_.beta_2_power;
  state.mean_squared_error = progress_.mean_squared_error;
  const auto take = [&](const DeviceBuffer<float>& from, std::vector<float>& to) {
    to.resize(from.size());
    from.download(to, context_.stream());
  };
  take(weights_, state.weights);
  take(adam_mean_, state.adam_mean);
  take(adam_square_, state.adam_square);
  context_.stream().wait();
}

CohortIteration::CohortIteration(const TrainingPlan& plan, size_t networks, int mini_batches,
                                 Math math, DeviceContext& context)
    : plan_(plan),
      mini_batches_(static_cast<size_t>(mini_batches)),
      context_(context),
      tasks_(networks),
      adam_steps_(networks * mini_batches_),
      errors_(networks),
      scratch_(static_cast<size_t>(plan.target_blocks * plan.targets.scratch_floats())) {
  check_cuda(allow_training_shared(static_cast<size_t>(plan.targets.shared_bytes()),
                                   static_cast<size_t>(plan.training.shared_bytes())),
             "cudaFuncSetAttribute of the training kernels");
  if (math == Math::fast) cublas_ = std::make_unique<CublasHandle>(context.stream());
}

bool CohortIteration::run(const std::vector<DeviceTrainer*>& given,
                          const StopQuestions& questions) {
  std::vector<DeviceTrainer*> trainers = given;
  if (cublas_)  // networks of the same sizes beside each other
    std::stable_sort(trainers.begin(), trainers.end(), [](const auto* a, const auto* b) {
      return a->problem().shape.sizes < b->problem().shape.sizes;
    });
  std::vector<TrainTask> tasks;
  std::vector<float> adam_steps;
  std::vector<double> errors(trainers.size());
  for (DeviceTrainer* trainer : trainers) {
    TrainTask task = trainer->task();
    task.adam_step = adam_steps_.data() + tasks.size() * mini_batches_;
    task.error = errors_.data() + tasks.size();
    tasks.push_back(task);
    const std::vector<float> steps = trainer->next_adam_steps();
    adam_steps.insert(adam_steps.end(), steps.begin(), steps.end());
  }
  const DeviceStream& stream = context_.stream();
  if (cublas_ && trainers != grouped_) make_groups(trainers);
  tasks_.upload(tasks, stream);
  adam_steps_.upload(adam_steps, stream);
  begun_.record(stream);
  if (trainers.front()->problem().fleet) {
    if (!queue_fleets(trainers, questions)) return false;
  } else {
    queue_targets(trainers);
  }
  drawn_.record(stream);
  const bool whole = cublas_ ? train_fast(trainers, questions) : train_exactly(trainers, questions);
  if (!whole) return false;
  trained_.record(stream);
  errors_.download(errors, stream);
  stream.wait();
  for (size_t i = 0; i < trainers.size(); ++i) trainers[i]->finish_iteration(errors[i]);
  return true;
}

void CohortIteration::queue_targets(const std::vector<DeviceTrainer*>& trainers) {
  const DqnSettings& dqn = trainers.front()->problem().dqn;
  check_cuda(
      launch_targets(tasks_.data(), static_cast<int>(trainers.size()), dqn.batch, dqn.mini_batches,
                     plan_.targets, scratch_.data(), plan_.target_blocks, context_.stream()),
      {"targets_kernel", plan_.target_blocks, kBlockThreads, plan_.targets.shared_bytes()});
}

bool CohortIteration::queue_fleets(const std::vector<DeviceTrainer*>& trainers,
                                   const StopQuestions& questions) {
  if (!fleets_) fleets_.emplace(plan_.targets, plan_.target_blocks, scratch_.data(), context_);
  std::vector<LearnedFleetTask> tasks;
  for (const DeviceTrainer* trainer : trainers)
    tasks.push_back(trainer->fleet_task(tasks_.data() + tasks.size()));
  if (!fleets_->run(std::move(tasks), questions.stop)) return false;
  fleets_->queue_gains();
  return true;
}

bool CohortIteration::train_exactly(const std::vector<DeviceTrainer*>& trainers,
                                    const StopQuestions& questions) {
  const int networks = static_cast<int>(trainers.size());
  const int all = static_cast<int>(mini_batches_);
  const int piece = questions.stop ? questions.mini_batches : all;
  for (int first = 0; first < all; first += piece) {
    if (stop_after_waiting(questions)) return false;
    check_cuda(launch_training(tasks_.data(), networks, {first, std::min(first + piece, all)},
                               plan_.training, context_.stream()),
               {"train_kernel", networks, kBlockThreads, plan_.training.shared_bytes()});
  }
  return true;
}

bool CohortIteration::train_fast(const std::vector<DeviceTrainer*>& trainers,
                                 const StopQuestions& questions) {
  const int all = trainers.front()->problem().dqn.mini_batches;
  const auto goes_on = [&](int done) {
    return done % questions.mini_batches != 0 || !stop_after_waiting(questions);
  };
  for (const std::unique_ptr<FastTraining>& group : groups_)
    if (!group->run(all, goes_on)) return false;
  return true;
}

bool CohortIteration::stop_after_waiting(const StopQuestions& questions) {
  if (!questions.stop) return false;
  context_.stream().wait();
  return questions.stop();
}

void CohortIteration::make_groups(const std::vector<DeviceTrainer*>& trainers) {
  groups_.clear();
  for (size_t first = 0; first < trainers.size();) {
    const TrainingProblem& problem = trainers[first]->problem();
    size_t end = first + 1;
    while (end < trainers.size() && trainers[end]->problem().shape.sizes == problem.shape.sizes)
      ++end;
    groups_.push_back(std::make_unique<FastTraining>(
        problem.shape.sizes, problem.dqn.batch, tasks_.data() + first,
        static_cast<int>(end - first), *cublas_, context_.stream()));
    first = end;
  }
  grouped_ = trainers;
}

}  // namespace edgesweep
