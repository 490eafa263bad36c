// One Q iteration and one simulation of two small networks, to be compiled with a sanitizer: exit
// code 0 when the bits are the reference's and the sanitizer has nothing to say.
#include <cstdio>
#include <cstring>

#include "emulated/control.h"
#include "host/engine/cuda/cuda_simulator.h"
#include "host/engine/cuda/device_trainer.h"
#include "host/engine/run/run_steps.h"
#include "host/policy/rewards.h"
#include "tests/reference/reference_simulator.h"
#include "tests/reference/reference_trainer.h"
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

bool step_is_right() {
  DeviceContext context(0);
  const RunProblem problems[] = {testing::prepared(settings_of(4)),
                                 testing::prepared(settings_of(1))};
  const NetworkDemand demands[] = {demand_of(*problems[0].training),
                                   demand_of(*problems[1].training)};
  const TrainingPlan plan = plan_training({&demands[0], &demands[1]}, context.limits());
  std::vector<std::unique_ptr<DeviceTrainer>> trainers;
  std::vector<DeviceTrainer*> together;
  std::vector<TrainingState> states;
  for (const RunProblem& problem : problems) {
    states.push_back(initial_state(*problem.training));
    trainers.push_back(
        std::make_unique<DeviceTrainer>(*problem.training, states.back(), plan, context));
    together.push_back(trainers.back().get());
  }
  CohortIteration(plan, 2, 2, Math::exact, context).run(together);
  bool right = true;
  std::vector<SimulationRequest> requests;
  for (size_t i = 0; i < 2; ++i) {
    const TrainingProblem& training = *problems[i].training;
    trainers[i]->store(states[i]);
    TrainingState expected = initial_state(training);
    reference_q_iteration(training, expected);
    right = right && equal(states[i].weights, expected.weights) &&
            equal(states[i].adam_square, expected.adam_square);
    requests.push_back(
        evaluation_request(training, training.validation, {2, 140}, states[i].weights));
    requests.back().clairvoyants = {
        {Policy::clairvoyant, fixed_point_values(problems[i].dataset->training.reward)}};
  }
  const std::vector<SimulationOutcome> outcomes = simulate_on_cuda(requests, context);
  for (size_t i = 0; i < 2; ++i) {
    const SimulationOutcome expected = reference_simulation(requests[i]);
    right = right && outcomes[i].network[1].reward == expected.network[1].reward &&
            outcomes[i].clairvoyants[0][1].reward == expected.clairvoyants[0][1].reward;
  }
  return right;
}

}  // namespace
}  // namespace edgesweep

int main() {
  // The sanitizers' shadow memory covers so many addresses that pairs of small integers look like
  // host pointers.
  cuda_emulation::settings().check_arguments = false;
  const bool right = edgesweep::step_is_right();
  std::puts(right ? "the bits of the reference" : "WRONG BITS");
  return right ? 0 : 1;
}
