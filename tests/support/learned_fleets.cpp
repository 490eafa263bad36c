#include "tests/support/learned_fleets.h"

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/run/observers.h"
#include "host/engine/run/run_steps.h"
#include "host/engine/run/searches.h"
#include "tests/support/problems.h"

namespace edgesweep::testing {

RunSettings learned_fleet_settings(int cameras) {
  RunSettings settings = small_settings();
  settings.depth = 1;
  settings.policies = {Policy::weak, Policy::hierarchical, Policy::dqn};
  settings.fleet.count = cameras;
  settings.fleet.search_rates = {0.1, 0.15, 0.2};
  settings.fleet.search_depths = {1, 4};
  settings.fleet.search = {16, 500};
  settings.fleet.training = {20, 4, 15};
  settings.dqn.start = DqnSettings::Start::mdp;
  settings.dqn.reward_smoothing = 0.02;
  settings.test = {5, 700};
  return settings;
}

RunProblem prepared_fleet(const RunSettings& settings) {
  static InputCache cache;
  SilentObserver observer;
  run_searches({{0, "test", settings, {}}}, cache, simulate_fleet_on_cpu, observer);
  return resolve_run("test", settings, cache);
}

}  // namespace edgesweep::testing
