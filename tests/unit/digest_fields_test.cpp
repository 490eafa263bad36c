// Every number that a results file keeps enters its digest or, where it may differ between machines
// or programs, its checksum alone.
#include <gtest/gtest.h>

#include <functional>

#include "host/results/run_fields.h"
#include "tests/support/sample_results.h"

namespace edgesweep {
namespace {

using testing::sample_sweep;

using Change = std::function<void(StoredSweep&)>;

void expect_in_digest(const std::string& what, const Change& change) {
  StoredSweep changed = sample_sweep();
  change(changed);
  EXPECT_NE(results_digest(changed), results_digest(sample_sweep())) << what;
}

void expect_in_checksum_alone(const std::string& what, const Change& change) {
  StoredSweep changed = sample_sweep();
  change(changed);
  const std::string digest = results_digest(changed);
  EXPECT_EQ(digest, results_digest(sample_sweep())) << what;
  EXPECT_NE(results_checksum(changed, digest), results_checksum(sample_sweep(), digest)) << what;
}

TEST(DigestFields, EveryColumnOfRunsButSecondsAndConvergence) {
  const auto expect = [](const auto& field) {
    const Change change = [&](StoredSweep& s) {
      s.runs[0].result.*field.member = s.runs[0].result.*field.member == 1 ? 2 : 1;
    };
    const std::string name = field.name;
    // Convergence: files of format 4 do not say.
    if (name == "training_seconds" || name == "simulation_seconds" || name == "mdp_converged")
      expect_in_checksum_alone(name, change);
    else
      expect_in_digest(name, change);
  };
  for (const auto& field : kRunNumbers) expect(field);
  for (const auto& field : kRunIntegers) expect(field);
  for (const auto& field : kRunSmallIntegers) expect(field);
}

TEST(DigestFields, EveryColumnOfPoliciesAndCurvesButSeconds) {
  for (const auto& field : kPolicyNumbers)
    expect_in_digest(field.name,
                     [&](StoredSweep& s) { s.runs[0].result.policies[1].*field.member += 1; });
  expect_in_digest("policy",
                   [](StoredSweep& s) { s.runs[0].result.policies[1].policy = Policy::strong; });
  for (const auto& field : kCurveNumbers) {
    const Change change = [&](StoredSweep& s) { s.runs[0].result.curve[1].*field.member += 1; };
    if (std::string(field.name) == "seconds")
      expect_in_checksum_alone("curve seconds", change);
    else
      expect_in_digest(field.name, change);
  }
  expect_in_digest("iteration", [](StoredSweep& s) { ++s.runs[0].result.curve[1].iteration; });
}

TEST(DigestFields, EveryArrayOfARun) {
  expect_in_digest("status", [](StoredSweep& s) { s.runs[0].result.status = RunStatus::failed; });
  expect_in_digest("failure", [](StoredSweep& s) { s.runs[0].result.failure = "?"; });
  expect_in_digest("thresholds", [](StoredSweep& s) { s.runs[0].result.mdp_threshold[1] = 1; });
  expect_in_digest("layer_sizes", [](StoredSweep& s) { ++s.runs[0].result.layer_sizes[1]; });
  expect_in_digest("weights", [](StoredSweep& s) { s.runs[0].result.weights[2] = 1; });
  expect_in_digest("best_weights", [](StoredSweep& s) { s.runs[0].result.best_weights[3] = 1; });
}

TEST(DigestFields, EveryMemberOfTraces) {
  const auto expect = [](const std::string& what, void (*change)(RunTraces&)) {
    expect_in_digest(what, [&](StoredSweep& s) { change(s.runs[1].result.traces); });
  };
  expect("first_sequence", [](RunTraces& t) { ++t.first_sequence; });
  expect("shape", [](RunTraces& t) { std::swap(t.sequences, t.images); });
  expect("units_per_token", [](RunTraces& t) { ++t.units_per_token; });
  expect("index", [](RunTraces& t) { ++t.index[2]; });
  expect("metric", [](RunTraces& t) { ++t.metric[2]; });
  expect("gap", [](RunTraces& t) { ++t.gap[2]; });
  expect("policy", [](RunTraces& t) { t.policies[1].policy = Policy::baseline; });
  expect("units", [](RunTraces& t) { ++t.policies[1].units[2]; });
  expect("offload", [](RunTraces& t) { ++t.policies[1].offload[2]; });
}

TEST(DigestFields, EveryMemberOfStatisticsAndSearches) {
  const auto expect = [](const std::string& what, void (*change)(RunStatistics&)) {
    expect_in_digest(what, [&](StoredSweep& s) { change(s.runs[1].result.statistics); });
  };
  expect("units_per_token", [](RunStatistics& t) { ++t.units_per_token; });
  expect("draws_by_rank", [](RunStatistics& t) { ++t.draws_by_rank[1]; });
  expect("policy", [](RunStatistics& t) { t.policies[0].policy = Policy::baseline; });
  expect("offloads_by_rank", [](RunStatistics& t) { ++t.policies[0].offloads_by_rank[1]; });
  expect("offloads_by_units", [](RunStatistics& t) { ++t.policies[0].offloads_by_units[1]; });
  expect("occupancy", [](RunStatistics& t) { ++t.policies[0].occupancy[1]; });
  expect("lost", [](RunStatistics& t) { ++t.policies[0].lost; });
  expect_in_digest("rate", [](StoredSweep& s) { ++s.runs[2].result.search[1].rate; });
  expect_in_digest("depth", [](StoredSweep& s) { ++s.runs[2].result.search[1].depth; });
  expect_in_digest("reward", [](StoredSweep& s) { ++s.runs[2].result.search[1].reward; });
}

TEST(DigestFields, WhatDescribesTheSweepIsInTheChecksumAlone) {
  using Sweep = StoredSweep&;
  expect_in_checksum_alone("name", [](Sweep s) { s.name += "x"; });
  expect_in_checksum_alone("description", [](Sweep s) { s.description += "x"; });
  expect_in_checksum_alone("config_path", [](Sweep s) { s.config_path += "x"; });
  expect_in_checksum_alone("dataset", [](Sweep s) { s.dataset += "x"; });
  expect_in_checksum_alone("dataset_sha256", [](Sweep s) { s.dataset_sha256 += "x"; });
  expect_in_checksum_alone("version", [](Sweep s) { s.version += "x"; });
  expect_in_checksum_alone("backend", [](Sweep s) { s.backend += "x"; });
  expect_in_checksum_alone("device", [](Sweep s) { s.device += "x"; });
  expect_in_checksum_alone("swept", [](Sweep s) { s.swept.pop_back(); });
  expect_in_checksum_alone("total_runs", [](Sweep s) { ++s.total_runs; });
  expect_in_checksum_alone("experiment", [](Sweep s) { s.experiments[0].name += "x"; });
  expect_in_checksum_alone("its text", [](Sweep s) { s.experiments[1].description += "x"; });
  expect_in_checksum_alone("its axes", [](Sweep s) { s.experiments[0].swept.pop_back(); });
  expect_in_checksum_alone("its runs", [](Sweep s) { s.experiments[0].runs[2] += "x"; });
  expect_in_checksum_alone("id", [](Sweep s) { s.runs[0].result.id += "x"; });
  expect_in_checksum_alone("column", [](Sweep s) {
    SettingColumns columns = s.runs[0].config.columns();
    columns[1].second += "x";
    s.runs[0].config = RunConfig(s.runs[0].config.json(), columns);
  });
  expect_in_digest("math", [](Sweep s) { s.math = "fast"; });
  expect_in_digest("input", [](Sweep s) { s.inputs[1].sha256 += "x"; });
}

}  // namespace
}  // namespace edgesweep
