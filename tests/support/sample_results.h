#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "host/results/results_file.h"
#include "tests/support/files.h"

// Invented results with every kind of value a results file must keep, and a comparison of all of
// it, value by value.
namespace edgesweep::testing {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

inline StoredRun sample_run(const std::string& id, double depth, uint64_t seed, double dqn_loss) {
  StoredRun run;
  const std::string json = R"({"dataset":"data/größe.npz","depth":)" + std::to_string(depth) +
                           R"(,"seed":)" + std::to_string(seed) + "}";
  run.config = RunConfig(json, {{"dataset", "data/größe.npz"},
                                {"rate", "0.1"},
                                {"depth", depth == 4 ? "4" : "2.5"},
                                {"metric_sequence_type", "iid"},
                                {"metric_sequence_spread", ""},
                                {"arrivals_p_12", depth == 4 ? "" : "0.001"},
                                {"policies", R"(["weak","mdp","dqn"])"},
                                {"store_weights", "true"},
                                {"seed", std::to_string(seed)}});
  RunResult& result = run.result;
  result.id = id;
  result.policies = {{Policy::weak, 0.25, 0, 0},
                     {Policy::mdp, 0.2, 1e-5, 0.1},
                     {Policy::dqn, dqn_loss, 2e-5, 0.0999}};
  result.sequence_weak_loss = 0.1 + 0.2;  // no short decimal: shows lost bits
  result.iterations = 4000;
  result.training_seconds = 12.5;
  result.simulation_seconds = 0.75;
  result.bucket_refill = 1;
  result.bucket_cost = 10;
  result.bucket_capacity = 12;
  result.metric_mean = 0.625;
  result.metric_deviation = 0.1;
  result.mean_gap = 1;
  result.mdp_sweeps = 77;
  result.mdp_converged = seed == 2 ? 0 : 1;
  result.baseline_threshold = -kInfinity;
  result.mdp_threshold = {1.25, -0.0, kInfinity};
  result.best_iteration = 2000;
  result.best_validation_loss = 0.1875;
  result.curve = {{0, 1e-3, kNan, 0.3, 0.31, 0.1},
                  {2000, 1e-3, 0.02, 0.19, 0.1875, 6.3},
                  {4000, 1e-4, 0.01, 0.18, 0.19, 12.5}};
  result.layer_sizes = {96, 64, 4};
  result.weights = {1.5f, -0.0f, std::numeric_limits<float>::denorm_min(),
                    std::numeric_limits<float>::infinity()};
  result.best_weights = {0.1f, 0.2f, 0.3f, std::numeric_limits<float>::quiet_NaN()};
  return run;
}

inline RunTraces sample_traces() {
  RunTraces traces;
  traces.first_sequence = 4;
  traces.sequences = 2;
  traces.images = 3;
  traces.units_per_token = 10;
  traces.index = {0, 5, 2, 7, 7, 1};
  traces.metric = {-1.5f, 0.25f, 0.1f, 3.0f, 3.0f, -0.5f};
  traces.gap = {1, 3, 1, 1, 6, 1};
  traces.policies = {{Policy::dqn, {12, 11, 4, 12, 3, 9}, {0, 1, 0, 1, 0, 0}},
                     {Policy::mdp, {12, 12, 12, 12, 12, 12}, {0, 0, 0, 0, 0, 1}},
                     {Policy::strong, {}, {1, 1, 1, 1, 1, 1}}};
  return traces;
}

/// A resolved config with a path in the base, on an axis, and in a setting that an axis replaces.
inline std::string with_paths(const std::string& dataset, const std::string& gaps,
                              const std::string& name) {
  return R"({"base":{"arrivals":{"file":")" + gaps + R"("},"dataset":")" + dataset +
         R"("},"description":"of )" + name + R"(","name":")" + name +
         R"(","sweep":{"zip":[{"arrivals.file":[")" + gaps + R"("],"metric_sequence":[{"file":")" +
         gaps + R"("}],"seed":[1]}]}})";
}

/// Two groups: depth 4 with three seeds, depth 2.5 with one, and runs of every odd kind.
inline StoredSweep sample_sweep() {
  StoredSweep sweep;
  sweep.name = "sample";
  sweep.description = "Zeile 1\nZeile 2 \"ü\"";
  sweep.config_path = "configs/sample.json";
  sweep.resolved_json = with_paths("data/größe.npz", "gaps.h5", "sample");
  sweep.swept = {"depth", "seed"};
  sweep.experiments = {
      {"first", "the \"ü\"", {"depth", "seed"}, {"00000000000a", "00000000000d", "not finished"}},
      {"without axes", "", {}, {"00000000000a"}}};
  sweep.dataset = "data/größe.npz";
  sweep.dataset_sha256 = std::string(64, 'a');
  sweep.inputs = {{"data/größe.npz", std::string(64, 'a')}, {"gaps.h5", std::string(64, 'b')}};
  sweep.version = "0.1.0";
  sweep.backend = "cpu";
  sweep.device = "a machine";
  sweep.total_runs = 9;
  sweep.runs = {sample_run("00000000000a", 4, 1, 0.19), sample_run("00000000000b", 4, 2, 0.18),
                sample_run("00000000000c", 4, 3, 0.185), sample_run("00000000000d", 2.5, 1, 0.21)};
  sweep.runs[1].result.traces = sample_traces();
  sweep.runs[1].result.statistics = {
      10,
      {5, 0, 7},
      {{Policy::mdp, {1, 0, 4}, {2, 3}, {9, 1, 2}, 0}, {Policy::smart, {}, {}, {8}, 6}}};
  sweep.runs[2].result.search = {{0.1, 1.25, 0.03}, {0.125, 1, -0.5}};

  StoredRun failed = sample_run("00000000000e", 2.5, 2, 0);
  failed.result = RunResult{};
  failed.result.id = "00000000000e";
  failed.result.status = RunStatus::failed;
  failed.result.failure = "loss is not finite, at iteration 17";
  failed.result.iterations = 17;
  sweep.runs.push_back(failed);

  StoredRun no_dqn = sample_run("00000000000f", 2.5, 18446744073709551615u, 0);
  no_dqn.result.policies = {{Policy::mdp, 0.2, kNan, 0.1},
                            {Policy::baseline, 0.22, 1e-5, 0.1}};  // NaN: one sequence
  no_dqn.result.curve.clear();
  no_dqn.result.weights.clear();
  no_dqn.result.best_weights.clear();
  no_dqn.result.layer_sizes.clear();
  no_dqn.result.best_iteration = -1;
  sweep.runs.push_back(no_dqn);
  return sweep;
}

template <typename T>
bool same_bits(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

template <typename T>
void expect_same_bits(const std::vector<T>& a, const std::vector<T>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_TRUE(same_bits(a[i], b[i])) << what << "[" << i << "]: " << +a[i] << " and " << +b[i];
}

inline void expect_same_bits(double a, double b, const std::string& what) {
  EXPECT_TRUE(same_bits(a, b)) << what << ": " << a << " and " << b;
}

inline void expect_same(const std::vector<CurvePoint>& a, const std::vector<CurvePoint>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].iteration, b[i].iteration);
    expect_same_bits(a[i].learning_rate, b[i].learning_rate, "learning_rate");
    expect_same_bits(a[i].mean_squared_error, b[i].mean_squared_error, "mean_squared_error");
    expect_same_bits(a[i].training_loss, b[i].training_loss, "training_loss");
    expect_same_bits(a[i].validation_loss, b[i].validation_loss, "validation_loss");
    expect_same_bits(a[i].seconds, b[i].seconds, "seconds");
  }
}

inline void expect_same(const RunTraces& a, const RunTraces& b) {
  EXPECT_EQ(a.first_sequence, b.first_sequence);
  EXPECT_EQ(a.sequences, b.sequences);
  EXPECT_EQ(a.images, b.images);
  EXPECT_EQ(a.units_per_token, b.units_per_token);
  EXPECT_EQ(a.index, b.index);
  expect_same_bits(a.metric, b.metric, "metric");
  EXPECT_EQ(a.gap, b.gap);
  ASSERT_EQ(a.policies.size(), b.policies.size());
  for (size_t i = 0; i < a.policies.size(); ++i) {
    EXPECT_EQ(a.policies[i].policy, b.policies[i].policy);
    EXPECT_EQ(a.policies[i].units, b.policies[i].units);
    EXPECT_EQ(a.policies[i].offload, b.policies[i].offload);
  }
}

inline void expect_same(const RunStatistics& a, const RunStatistics& b) {
  EXPECT_EQ(a.policies.empty() ? 1 : a.units_per_token, b.policies.empty() ? 1 : b.units_per_token);
  EXPECT_EQ(a.draws_by_rank, b.draws_by_rank);
  ASSERT_EQ(a.policies.size(), b.policies.size());
  for (size_t p = 0; p < a.policies.size(); ++p) {
    EXPECT_EQ(a.policies[p].policy, b.policies[p].policy);
    EXPECT_EQ(a.policies[p].offloads_by_rank, b.policies[p].offloads_by_rank);
    EXPECT_EQ(a.policies[p].offloads_by_units, b.policies[p].offloads_by_units);
    EXPECT_EQ(a.policies[p].occupancy, b.policies[p].occupancy);
    EXPECT_EQ(a.policies[p].lost, b.policies[p].lost);
  }
}

inline void expect_same(const RunResult& a, const RunResult& b) {
  SCOPED_TRACE("run " + a.id);
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.failure, b.failure);
  ASSERT_EQ(a.policies.size(), b.policies.size());
  for (size_t i = 0; i < a.policies.size(); ++i) {
    EXPECT_EQ(a.policies[i].policy, b.policies[i].policy);
    expect_same_bits(a.policies[i].loss, b.policies[i].loss, "loss");
    expect_same_bits(a.policies[i].loss_se, b.policies[i].loss_se, "loss_se");
    expect_same_bits(a.policies[i].offload_rate, b.policies[i].offload_rate, "offload_rate");
  }
  expect_same_bits(a.sequence_weak_loss, b.sequence_weak_loss, "sequence_weak_loss");
  EXPECT_EQ(a.iterations, b.iterations);
  expect_same_bits(a.training_seconds, b.training_seconds, "training_seconds");
  expect_same_bits(a.simulation_seconds, b.simulation_seconds, "simulation_seconds");
  EXPECT_EQ(a.bucket_refill, b.bucket_refill);
  EXPECT_EQ(a.bucket_cost, b.bucket_cost);
  EXPECT_EQ(a.bucket_capacity, b.bucket_capacity);
  expect_same_bits(a.metric_mean, b.metric_mean, "metric_mean");
  expect_same_bits(a.metric_deviation, b.metric_deviation, "metric_deviation");
  expect_same_bits(a.mean_gap, b.mean_gap, "mean_gap");
  EXPECT_EQ(a.mdp_sweeps, b.mdp_sweeps);
  EXPECT_EQ(a.mdp_converged, b.mdp_converged);
  expect_same_bits(a.baseline_threshold, b.baseline_threshold, "baseline_threshold");
  expect_same_bits(a.mdp_threshold, b.mdp_threshold, "mdp_threshold");
  EXPECT_EQ(a.best_iteration, b.best_iteration);
  expect_same_bits(a.best_validation_loss, b.best_validation_loss, "best_validation_loss");
  expect_same(a.curve, b.curve);
  EXPECT_EQ(a.reward_factor, b.reward_factor);
  EXPECT_EQ(a.layer_sizes, b.layer_sizes);
  expect_same_bits(a.weights, b.weights, "weights");
  expect_same_bits(a.best_weights, b.best_weights, "best_weights");
  expect_same(a.traces, b.traces);
  expect_same(a.statistics, b.statistics);
  EXPECT_EQ(a.search, b.search);
}

inline void expect_same(const StoredSweep& a, const StoredSweep& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.description, b.description);
  EXPECT_EQ(a.config_path, b.config_path);
  EXPECT_EQ(a.resolved_json, b.resolved_json);
  EXPECT_EQ(a.swept, b.swept);
  ASSERT_EQ(a.experiments.size(), b.experiments.size());
  for (size_t i = 0; i < a.experiments.size(); ++i) {
    EXPECT_EQ(a.experiments[i].name, b.experiments[i].name);
    EXPECT_EQ(a.experiments[i].description, b.experiments[i].description);
    EXPECT_EQ(a.experiments[i].swept, b.experiments[i].swept);
    EXPECT_EQ(a.experiments[i].runs, b.experiments[i].runs);
  }
  EXPECT_EQ(a.dataset, b.dataset);
  EXPECT_EQ(a.dataset_sha256, b.dataset_sha256);
  EXPECT_TRUE(a.inputs == b.inputs);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.backend, b.backend);
  EXPECT_EQ(a.device, b.device);
  EXPECT_EQ(a.math, b.math);
  EXPECT_EQ(a.total_runs, b.total_runs);
  ASSERT_EQ(a.runs.size(), b.runs.size());
  for (size_t i = 0; i < a.runs.size(); ++i) {
    EXPECT_EQ(a.runs[i].config.json(), b.runs[i].config.json());
    EXPECT_EQ(a.runs[i].config.columns(), b.runs[i].config.columns());
    expect_same(a.runs[i].result, b.runs[i].result);
  }
}

}  // namespace edgesweep::testing
