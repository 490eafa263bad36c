#include "tests/support/fleet_cases.h"

#include <random>

#include "host/engine/problem/sequence_source.h"
#include "host/policy/mdp.h"
#include "host/policy/token_bucket.h"

namespace edgesweep::testing {
namespace {

MetricSequenceSettings sequence_settings(bool local_reset) {
  MetricSequenceSettings settings;
  if (local_reset) settings = {MetricSequenceSettings::Type::local_reset, 0.2, 0.15, "", ""};
  return settings;
}

SequenceSource fleet_source(bool whole_rewards, bool local_reset) {
  SequenceSource source;
  source.dataset = fleet_images(whole_rewards);
  source.images = &source.dataset->training;
  source.metric_law = make_metric_law(sequence_settings(local_reset), source.images->size());
  source.arrivals = make_arrival_law(periodic_chain());
  source.seed = 0x123456789ABCDEF;
  source.purpose = Purpose::fleet_search;
  return source;
}

}  // namespace

const std::vector<FleetCase>& fleet_cases() {
  static const std::vector<FleetCase> cases = {
      {"one_of_everything", 1, 1, {1}, 1, FleetMode::cameras, true, false},
      {"odd", 3, 7, {3, 1}, 3, FleetMode::cameras, true, true},
      {"over_a_vector_and_a_tile", 17, 33, {5, 2, 7}, 2, FleetMode::cameras, true, false},
      {"real_rewards", 9, 50, {6, 3}, 3, FleetMode::cameras, false, true},
      {"over_a_batch", 2, 18, {2, 3}, 33, FleetMode::cameras, true, false},
      {"hundred_sequences", 100, 300, {8, 2}, 2, FleetMode::cameras, true, false},
      {"most_cameras", 2, 21, {64, 63}, 1, FleetMode::cameras, true, false},
      {"many_switches", 3, 19, {2, 3, 4, 5, 6, 7, 8, 2, 3, 4}, 2, FleetMode::cameras, true, false},
      {"pooled", 17, 61, {4, 1, 7}, 2, FleetMode::pooled, true, true},
      {"pooled_real_rewards", 5, 40, {3}, 1, FleetMode::pooled, false, false}};
  return cases;
}

std::shared_ptr<const Dataset> fleet_images(bool whole_rewards) {
  static const auto make = [](bool whole) {
    std::mt19937 random(5);
    std::vector<double> metric, weak, strong;
    for (int i = 0; i < 500; ++i) {
      metric.push_back(i / 500.0);
      weak.push_back(whole ? (random() % 500 < static_cast<unsigned>(i) / 2 ? 1.0 : 0.0)
                           : static_cast<double>(random() % 1000) * i / 7e4);
      strong.push_back(whole ? (random() % 10 == 0 ? 1.0 : 0.0)
                             : static_cast<double>(random() % 1000) / 3e3);
    }
    return std::make_shared<const Dataset>(
        make_dataset(metric, weak, strong, metric, weak, strong));
  };
  static const std::shared_ptr<const Dataset> whole = make(true);
  static const std::shared_ptr<const Dataset> real = make(false);
  return whole_rewards ? whole : real;
}

FleetTestProblem::FleetTestProblem(const FleetCase& c)
    : source_(fleet_source(c.whole_rewards, c.local_reset)) {
  std::mt19937 random(static_cast<unsigned>(c.images));
  request_.source = &source_;
  request_.size = {c.sequences, c.images};
  request_.mode = c.mode;
  for (int p = 0; p < c.policies; ++p) {
    const TokenBucket bucket = *make_token_bucket(0.1 + 0.01 * (p % 30), 1 + 0.25 * (p % 9));
    std::vector<double> threshold;
    for (int32_t n = bucket.cost; n <= bucket.capacity; ++n)
      threshold.push_back(
          source_.images->metric[300 + random() % 200]);  // not even monotone in the tokens
    request_.policies.push_back(make_rank_policy(*source_.images, bucket, threshold));
  }
  for (size_t w = 0; w < c.cameras.size(); ++w)
    request_.switches.push_back(
        {c.cameras[w], *make_token_bucket(0.07 + 0.03 * static_cast<double>(w),
                                          1 + 0.5 * static_cast<double>(c.cameras[w]))});
}

SearchProblem small_search(int64_t sequences, int64_t images) {
  SearchProblem problem;
  problem.source = fleet_source(true, false);
  problem.size = {sequences, images};
  // 0.2501 and 0.25 round to the same integers, and so do many depths beside the rate 0.5.
  problem.rates = {0.1, 0.2, 0.25, 0.2501, 0.35, 0.5};
  problem.depths = {1, 1.25, 1.5, 2, 3, 5};
  for (const int32_t cameras : {2, 3, 5})
    for (const auto& [rate, depth] : {std::pair{0.1, 1.0}, {0.25, 1.5}})
      problem.switches.push_back(
          {{cameras, *make_token_bucket(rate, depth * cameras)}, rate, depth});
  const std::shared_ptr<const Dataset> dataset = problem.source.dataset;
  problem.policy = [dataset](const TokenBucket& bucket) {
    const MdpSolution solution = solve_mdp(make_transition_matrix(bucket, periodic_gaps()),
                                           dataset->training, 0.99, MdpSettings::Stop::published);
    return make_rank_policy(dataset->training, bucket, solution.threshold);
  };
  return problem;
}

}  // namespace edgesweep::testing
