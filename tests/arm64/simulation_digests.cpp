#include <cmath>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/training_scratch.h"
#include "tests/arm64/digest.h"
#include "tests/reference/reference_fleet.h"
#include "tests/reference/reference_simulator.h"
#include "tests/reference/reference_windows.h"
#include "tests/support/parity_cases.h"

namespace edgesweep::testing {
namespace {

Digest digest_of(const Windows& windows) {
  Digest digest;
  digest.add(metrics_of(windows));
  digest.add(gaps_of(windows));
  digest.add(windows.reward);
  digest.add(windows.next_gap);
  return digest;
}

void add(const std::vector<SequenceOutcome>& outcomes, Digest& digest) {
  for (const SequenceOutcome& outcome : outcomes) {
    digest.add(outcome.reward);
    digest.add(outcome.offloads);
  }
}

Digest digest_of(const SimulationOutcome& outcome) {
  Digest digest;
  for (const std::vector<SequenceOutcome>& policy : outcome.thresholds) add(policy, digest);
  for (const std::vector<SequenceOutcome>& policy : outcome.clairvoyants) add(policy, digest);
  add(outcome.network, digest);
  add(outcome.strong, digest);
  digest.add(outcome.weak_cost);
  return digest;
}

template <typename Draw>
Digest drawn(const TrainingProblem& problem, const Draw& draw) {
  Windows windows = make_windows(problem);
  draw(problem, 7, 0, windows.count, windows);
  return digest_of(windows);
}

}  // namespace

void digest_windows(Report& report) {
  for (const double spread : {0.0, 0.1, 1.0})
    for (const double reset_probability : {0.0, 0.05, 1.0})
      for (const int history_metrics : {0, 6, 95})
        for (const int history_gaps : {-1, 0, 20}) {
          // Every value of this is short in decimal.
          const std::string name = std::to_string(spread).substr(0, 4) + "_" +
                                   std::to_string(reset_probability).substr(0, 4) + "_" +
                                   std::to_string(history_metrics) + "_" +
                                   std::to_string(history_gaps);
          RunSettings settings =
              windows_settings(spread, reset_probability, history_metrics, history_gaps);
          settings.policies = {Policy::dqn};
          const RunProblem problem = prepared(settings);
          report.compare(
              name, [&] { return drawn(*problem.training, draw_windows_plain); },
              [&] { return drawn(*problem.training, draw_windows); });
        }
}

namespace {

void compare_simulation(const std::string& name, const SimulationRequest& request, Report& report) {
  report.compare(
      name, [&] { return digest_of(reference_simulation(request)); },
      [&] { return digest_of(simulate_on_cpu(request)); });
}

Digest digest_of(const FleetOutcome& outcome) {
  Digest digest;
  for (const FleetSums& sums : outcome.sums) {
    digest.add(sums.reward);
    digest.add(sums.passed);
    digest.add(sums.offloads);
  }
  return digest;
}

/// Cameras behind switches, with their own real rewards or rounded to whole ones.
void digest_fleets(Report& report) {
  RunSettings settings = small_settings();
  settings.policies = {Policy::mdp};
  const RunProblem problem = prepared(settings);
  for (const bool whole : {false, true})
    for (const FleetMode mode : {FleetMode::cameras, FleetMode::pooled}) {
      ImageSet images = problem.dataset->test;
      if (whole)
        for (double& reward : images.reward) reward = std::round(10 * reward);
      SequenceSource source = problem.test;
      source.images = &images;
      FleetRequest request;
      request.source = &source;
      request.size = {19, 120};
      request.mode = mode;
      request.policies = {make_rank_policy(images, problem.bucket, problem.mdp_threshold)};
      request.switches = {{3, {1, 12, 40}}, {5, {2, 15, 90}}};
      report.compare(
          std::string("fleets_") + (whole ? "whole" : "real") +
              (mode == FleetMode::pooled ? "_pooled" : ""),
          [&] { return digest_of(reference_fleet(request)); },
          [&] { return digest_of(simulate_fleet_on_cpu(request)); });
    }
}

}  // namespace

void digest_simulation(Report& report) {
  digest_fleets(report);
  for (const SimulationCase& c : simulation_cases()) {
    const SimulationProblem problem(c);
    compare_simulation(c.name, problem.request(), report);
    // More threshold policies than one scan takes.
    SimulationRequest request = problem.request();
    request.weights = nullptr;
    const ThresholdPolicy mdp = request.thresholds[0];
    for (int i = 1; i < 11; ++i) {
      request.thresholds.push_back(mdp);
      for (float& threshold : request.thresholds.back().threshold)
        threshold += 0.125f * static_cast<float>(i - 5);
    }
    compare_simulation(std::string(c.name) + "_scans", request, report);
  }
}

}  // namespace edgesweep::testing
