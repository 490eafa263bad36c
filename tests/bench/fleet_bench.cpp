// Fleets: images per second and core against the plain loop, and what the search of `hierarchical`
// spares. Cameras that share a network: simulation and training.
#include <benchmark/benchmark.h>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/cpu/learned_fleet.h"
#include "host/engine/fleet/search.h"
#include "host/engine/problem/resolve.h"
#include "host/engine/run/observers.h"
#include "host/engine/run/run_outcome.h"
#include "host/engine/run/run_steps.h"
#include "host/engine/run/searches.h"
#include "host/policy/token_bucket.h"
#include "tests/bench/bench_problems.h"
#include "tests/reference/reference_fleet.h"

namespace edgesweep {
namespace {

/// The paper's search: 19 rates x 37 depths, on the committed dataset.
class PaperSearch {
 public:
  explicit PaperSearch(SimulationSize size) {
    settings_ = bench::paper_settings();
    settings_.metric_sequence = {};
    settings_.policies = {Policy::mdp};
    settings_.rules = Rules::edgeml_mdp;
    problem_.source = training_source(settings_, Purpose::fleet_search, inputs_);
    problem_.size = size;
    for (int i = 2; i <= 20; ++i) problem_.rates.push_back(i / 40.0);
    for (int i = 4; i <= 40; ++i) problem_.depths.push_back(i / 4.0);
    problem_.policy = [this](const TokenBucket& bucket) { return policy(bucket); };
  }
  PaperSearch(const PaperSearch&) = delete;
  PaperSearch& operator=(const PaperSearch&) = delete;

  RankPolicy policy(const TokenBucket& bucket) {
    return make_rank_policy(*problem_.source.images, bucket,
                            mdp_of(settings_, bucket, inputs_).threshold);
  }
  void add_switch(int32_t cameras, double rate, double depth) {
    problem_.switches.push_back(
        {{cameras, *make_token_bucket(rate, depth * cameras)}, rate, depth});
  }
  /// The 42 switches of the paper, or those of one rate and depth.
  void add_switches(bool all) {
    for (const double rate : {0.05, 0.1, 0.25})
      for (const double depth : {1.0, 2.0})
        for (int32_t cameras = 2; cameras <= 8; ++cameras)
          if (all || (rate == 0.1 && depth == 1)) add_switch(cameras, rate, depth);
  }
  SearchProblem& problem() { return problem_; }

 private:
  RunSettings settings_;
  InputCache inputs_;
  SearchProblem problem_;
};

/// Images decided by cameras of one policy behind a switch each: `policies` on one drawing.
FleetRequest fleet_request(PaperSearch& search, int policies, SimulationSize size) {
  FleetRequest request;
  request.source = &search.problem().source;
  request.size = size;
  for (int p = 0; p < policies; ++p)
    // NOLINTNEXTLINE(bugprone-integer-division): eight rates for each whole depth
    request.policies.push_back(search.policy(*make_token_bucket(0.1 + 0.025 * (p % 8), 1 + p / 8)));
  request.switches = {{8, *make_token_bucket(0.1, 8)}};
  request.counts = false;
  return request;
}

void set_images(benchmark::State& state, const FleetRequest& request) {
  state.SetItemsProcessed(state.iterations() * request.size.sequences * request.size.images * 8 *
                          static_cast<int64_t>(request.policies.size()));
}

/// Argument: policies on one drawing.
void SimulateFleet(benchmark::State& state) {
  PaperSearch search({16, 1});
  const FleetRequest request =
      fleet_request(search, static_cast<int>(state.range(0)), {16, 10'000});
  bench::on_one_thread([&] {
    for (auto _ : state) benchmark::DoNotOptimize(simulate_fleet_on_cpu(request).sums);
  });
  set_images(state, request);
}
BENCHMARK(SimulateFleet)
    ->ArgName("policies")
    ->Arg(1)
    ->Arg(8)
    ->Arg(32)
    ->Unit(benchmark::kMillisecond);

/// The same slot by slot.
void PlainFleet(benchmark::State& state) {
  PaperSearch search({16, 1});
  const FleetRequest request = fleet_request(search, static_cast<int>(state.range(0)), {16, 1000});
  for (auto _ : state) benchmark::DoNotOptimize(reference_fleet(request).sums);
  set_images(state, request);
}
BENCHMARK(PlainFleet)->ArgName("policies")->Arg(1)->Arg(8)->Unit(benchmark::kMillisecond);

/// The whole search for the paper's switches (argument 1: all 42, 0: one rate and depth) on 100
/// sequences of the second argument's length. Counters: simulations by brute force, and how many
/// times fewer images cameras decide and switches handle.
void SearchFleets(benchmark::State& state) {
  PaperSearch search({100, state.range(1)});
  search.add_switches(state.range(0) != 0);
  SearchWork work;
  for (auto _ : state) work = search_fleets(search.problem(), simulate_fleet_on_cpu, {}).work;
  state.counters["simulations"] = work.grid_points;
  state.counters["buckets"] = work.plain_buckets;
  state.counters["fewer_decisions"] = work.plain_camera_steps / work.camera_steps;
  state.counters["fewer_slots"] = work.plain_camera_steps / work.slots;
}
BENCHMARK(SearchFleets)
    ->ArgNames({"all", "images"})
    ->Args({0, 1000})
    ->Args({1, 1000})
    ->Unit(benchmark::kSecond)
    ->Iterations(1);

/// Cameras that share the network of configs/edgeml_mdp/learned_devices.json. The buckets that it
/// starts from come from a search that is too short to find the best: they cost the same.
RunProblem learned_fleet(int32_t cameras) {
  RunSettings settings = bench::paper_settings();
  settings.metric_sequence = {};
  settings.depth = 1;
  settings.policies = {Policy::weak, Policy::hierarchical, Policy::dqn};
  settings.dqn.layers = 2;
  settings.dqn.width = 32;
  settings.fleet.count = cameras;
  settings.fleet.search_rates = {0.1, 0.15};
  settings.fleet.search_depths = {1};
  settings.fleet.search = {16, 500};
  settings.fleet.training = {256, 8, 64};
  InputCache inputs;
  SilentObserver observer;
  run_searches({{0, "bench", settings, {}}}, inputs, simulate_fleet_on_cpu, observer);
  return resolve_run("bench", settings, inputs);
}

/// Items: images decided on.
void SimulateLearnedFleet(benchmark::State& state) {
  const auto cameras = static_cast<int32_t>(state.range(0));
  const RunProblem problem = learned_fleet(cameras);
  const TrainingState initial = initial_state(*problem.training);
  const SimulationSize size{fleets_together(cameras), 1000};
  const LearnedFleetRequest request{&*problem.training, &initial.weights, &problem.test, size,
                                    [] { return false; }};
  bench::on_one_thread([&] {
    for (auto _ : state) benchmark::DoNotOptimize(simulate_learned_fleet(request).fleet.sums);
  });
  state.SetItemsProcessed(state.iterations() * size.sequences * size.images * cameras);
}
BENCHMARK(SimulateLearnedFleet)->ArgName("cameras")->Arg(2)->Arg(8)->Unit(benchmark::kMillisecond);

/// One Q iteration, training samples included; items: training samples.
void LearnedFleetIteration(benchmark::State& state) {
  const RunProblem problem = learned_fleet(static_cast<int32_t>(state.range(0)));
  TrainingScratch scratch;
  CpuTrainer trainer(*problem.training, initial_state(*problem.training));
  bench::on_one_thread([&] {
    for (auto _ : state) trainer.q_iteration(scratch);
  });
  state.SetItemsProcessed(state.iterations() * windows_per_iteration(problem.training->dqn));
}
BENCHMARK(LearnedFleetIteration)->ArgName("cameras")->Arg(2)->Arg(8)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace edgesweep
