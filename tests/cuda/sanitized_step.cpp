// One Q iteration and one simulation of two small networks, and the same of two fleets' networks,
// to be compiled with a sanitizer: exit code 0 when the bits are the reference's and the sanitizer
// has nothing to say.
#include <tbb/global_control.h>

#include <cstdio>
#include <cstring>

#include "emulated/control.h"
#include "host/engine/cuda/cuda_simulator.h"
#include "host/engine/cuda/device_trainer.h"
#include "host/engine/cuda/learned_fleets.h"
#include "host/engine/run/run_steps.h"
#include "host/policy/rewards.h"
#include "tests/reference/reference_learned_fleet.h"
#include "tests/reference/reference_simulator.h"
#include "tests/reference/reference_trainer.h"
#include "tests/support/learned_fleets.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

bool equal(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// Crosses every tile: outputs over a panel, units over 16, gaps in the state.
RunSettings settings_of(double depth) {
  RunSettings settings = testing::small_settings();
  settings.depth = depth;
  settings.dqn.history_gaps = 1;
  settings.dqn.history_metrics = 17;
  settings.dqn.width = 20;
  settings.dqn.batch = 20;
  settings.dqn.mini_batches = 2;
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  return settings;
}

/// Trains both networks for one Q iteration; nothing unless they get the bits of `iterate`.
template <typename Iterate>
std::vector<TrainingState> trained_states(const RunProblem* problems, const Iterate& iterate,
                                          DeviceContext& context) {
  const NetworkDemand demands[] = {demand_of(*problems[0].training),
                                   demand_of(*problems[1].training)};
  const TrainingPlan plan = plan_training({&demands[0], &demands[1]}, context.limits());
  std::vector<std::unique_ptr<DeviceTrainer>> trainers;
  std::vector<DeviceTrainer*> together;
  std::vector<TrainingState> states;
  for (size_t i = 0; i < 2; ++i) {
    states.push_back(initial_state(*problems[i].training));
    trainers.push_back(
        std::make_unique<DeviceTrainer>(*problems[i].training, states.back(), plan, context));
    together.push_back(trainers.back().get());
  }
  CohortIteration(plan, 2, 2, Math::exact, context).run(together);
  for (size_t i = 0; i < 2; ++i) {
    trainers[i]->store(states[i]);
    TrainingState expected = initial_state(*problems[i].training);
    iterate(*problems[i].training, expected);
    if (!equal(states[i].weights, expected.weights) ||
        !equal(states[i].adam_square, expected.adam_square))
      return {};
  }
  return states;
}

bool step_is_right() {
  DeviceContext context(0);
  const RunProblem problems[] = {testing::prepared(settings_of(4)),
                                 testing::prepared(settings_of(1))};
  const std::vector<TrainingState> states =
      trained_states(problems, reference_q_iteration, context);
  bool right = !states.empty();
  std::vector<SimulationRequest> requests;
  for (size_t i = 0; right && i < 2; ++i) {
    const TrainingProblem& training = *problems[i].training;
    requests.push_back(
        evaluation_request(training, training.validation, {2, 140}, states[i].weights));
    requests.back().clairvoyants = {
        {Policy::clairvoyant, fixed_point_values(problems[i].dataset->training.reward)}};
  }
  const std::vector<SimulationOutcome> outcomes = simulate_on_cuda(requests, context);
  for (size_t i = 0; right && i < 2; ++i) {
    const SimulationOutcome expected = reference_simulation(requests[i]);
    right = right && outcomes[i].network[1].reward == expected.network[1].reward &&
            outcomes[i].clairvoyants[0][1].reward == expected.clairvoyants[0][1].reward;
  }
  return right;
}

/// Two fleets in a block, and more than one warp of rows; every switch loses offloads.
bool fleets_are_right() {
  DeviceContext context(0);
  std::vector<RunProblem> problems;
  for (const int cameras : {17, 3}) {
    RunSettings settings = testing::learned_fleet_settings(cameras);
    settings.dqn.start = DqnSettings::Start::random;
    settings.dqn.width = 20;
    settings.dqn.batch = 33;
    settings.dqn.mini_batches = 2;
    settings.fleet.training = {2, 1, 4};
    problems.push_back(testing::prepared_fleet(settings));
  }
  const std::vector<TrainingState> states =
      trained_states(problems.data(), reference_learned_iteration, context);
  if (states.empty()) return false;
  std::vector<LearnedFleetRequest> requests;
  for (size_t i = 0; i < 2; ++i)
    requests.push_back({&*problems[i].training, &states[i].weights, &problems[i].test, {3, 9}, {}});
  const std::vector<LearnedFleetOutcome> outcomes =
      simulate_learned_fleets_on_cuda(requests, context);
  bool right = true;
  for (size_t i = 0; i < 2; ++i) {
    const LearnedFleetOutcome expected = reference_learned_fleet(requests[i]);
    right = right && outcomes[i].fleet.sums == expected.fleet.sums &&
            outcomes[i].occupancy == expected.occupancy;
  }
  return right;
}

}  // namespace
}  // namespace edgesweep

int main() {
  // The sanitizers' shadow memory covers so many addresses that pairs of small integers look like
  // host pointers.
  cuda_emulation::settings().check_arguments = false;
  // ThreadSanitizer does not know how TBB's threads, which search and solve, wait for each other.
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  const bool right = edgesweep::step_is_right() && edgesweep::fleets_are_right();
  std::puts(right ? "the bits of the reference" : "WRONG BITS");
  return right ? 0 : 1;
}
