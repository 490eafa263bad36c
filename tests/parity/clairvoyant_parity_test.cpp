// The clairvoyant policies: of all decision lists that the bucket allows, one that earns the most;
// the one that the dynamic programme decides, whatever instruction set, threads and segments.
#include <gtest/gtest.h>

#include <random>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/simd.h"
#include "host/policy/rewards.h"
#include "tests/reference/reference_clairvoyant.h"
#include "tests/reference/reference_simulator.h"
#include "tests/support/clairvoyant_instance.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

using testing::ClairvoyantInstance;
using testing::random_instance;

class ParityClairvoyant : public ::testing::Test {
 protected:
  void TearDown() override { force_instruction_set(""); }
};

/// Most that any of the 2^T decision lists earns; lists that the bucket forbids do not count.
int64_t most_by_trying(const ClairvoyantInstance& instance, const std::vector<int32_t>& value) {
  int64_t most = 0;
  for (uint32_t list = 0; list < 1u << value.size(); ++list) {
    int64_t earned = 0;
    int32_t units = instance.bucket.capacity;
    bool allowed = true;
    for (size_t t = 0; t < value.size() && allowed; ++t) {
      const bool offload = (list >> t & 1) != 0;
      allowed = !offload || can_offload(instance.bucket, units);
      earned += offload ? value[t] : 0;
      units = next_units(instance.bucket, units, offload, instance.gap[t]);
    }
    if (allowed) most = std::max(most, earned);
  }
  return most;
}

TEST_F(ParityClairvoyant, NoDecisionListEarnsMore) {
  std::mt19937 random(1);
  for (int i = 0; i < 6000; ++i) {
    const ClairvoyantInstance instance = random_instance(random, 1 + i % 12);
    const std::vector<int32_t> value = fixed_point_values(instance.reward);
    const std::vector<uint8_t> decisions = instance.decided_by(simulate_on_cpu);
    int64_t earned = 0;
    int32_t units = instance.bucket.capacity;
    for (size_t t = 0; t < value.size(); ++t) {
      ASSERT_TRUE(decisions[t] == 0 || can_offload(instance.bucket, units)) << instance;
      earned += decisions[t] != 0 ? value[t] : 0;
      units = next_units(instance.bucket, units, decisions[t] != 0, instance.gap[t]);
    }
    ASSERT_EQ(earned, most_by_trying(instance, value)) << instance;
  }
}

TEST_F(ParityClairvoyant, DecidesAsTheDynamicProgramme) {
  for (const std::string& name : instruction_sets()) {
    force_instruction_set(name);
    std::mt19937 random(2);
    for (int i = 0; i < 5000; ++i) {
      const ClairvoyantInstance instance = random_instance(random, 1 + i % 67);
      ASSERT_EQ(
          instance.decided_by(simulate_on_cpu),
          reference_clairvoyant(instance.bucket, fixed_point_values(instance.reward), instance.gap))
          << name << ", " << instance;
    }
  }
}

// One slope, one less than, as many as and one more than the widest vector, and four of them, which
// AVX-512 keeps in registers; an offload that takes up to one, up to two and more vectors of units;
// rows of decisions of one word and just over it; the paper's; depth below two tokens; bits in
// common.
TEST_F(ParityClairvoyant, DecidesAsTheDynamicProgrammeWithAnyBucket) {
  const TokenBucket buckets[] = {
      {1, 1, 1},   {1, 2, 2},   {1, 10, 10},   {1, 4, 15},  {1, 4, 16},    {1, 4, 17},
      {1, 17, 33}, {1, 3, 34},  {1, 3, 35},    {1, 10, 41}, {1, 16, 48},   {1, 20, 400},
      {1, 16, 16}, {1, 16, 64}, {1, 16, 65},   {1, 32, 32}, {1, 17, 64},   {1, 32, 48},
      {1, 32, 65}, {1, 33, 66}, {7, 100, 250}, {6, 10, 25}, {40, 100, 199}};
  for (const std::string& name : instruction_sets()) {
    force_instruction_set(name);
    std::mt19937 random(3);
    for (const TokenBucket& bucket : buckets)
      for (const int32_t longest_gap : {1, 4, 90}) {
        ClairvoyantInstance instance = random_instance(random, 300);
        instance.bucket = bucket;
        for (int32_t& gap : instance.gap)
          gap = std::uniform_int_distribution<int32_t>(1, longest_gap)(random);
        ASSERT_EQ(instance.decided_by(simulate_on_cpu),
                  reference_clairvoyant(bucket, fixed_point_values(instance.reward), instance.gap))
            << name << ", " << instance;
      }
  }
}

TEST_F(ParityClairvoyant, TheLargestValuesAndGapsDoNotOverflow) {
  ClairvoyantInstance instance;
  instance.bucket = {7, 10, 33};
  for (int i = 0; i < 200; ++i) {
    instance.reward.push_back(i % 3 == 0 ? 1e300 : (i % 5) * 2e299);
    instance.gap.push_back(i % 50 == 7 ? INT32_MAX : 1);
  }
  EXPECT_EQ(
      instance.decided_by(simulate_on_cpu),
      reference_clairvoyant(instance.bucket, fixed_point_values(instance.reward), instance.gap));
}

TEST_F(ParityClairvoyant, WhereKeepingIsAsGoodAnImageIsKept) {
  // One token for two equal images: the first is kept, the last one takes it.
  ClairvoyantInstance instance{{1, 2, 2}, {0.5, 0.5, 0, -1}, {1, 1, 1, 1}};
  EXPECT_EQ(instance.decided_by(simulate_on_cpu), (std::vector<uint8_t>{0, 1, 0, 0}));
}

/// Sequences drawn with gaps from a dataset, both policies.
SimulationRequest drawn_request(const RunProblem& problem, int64_t sequences, int64_t images) {
  SimulationRequest request;
  request.source = &problem.test;
  request.size = {sequences, images};
  request.bucket = problem.bucket;
  request.whole_sequence_sums = false;
  const ImageSet& all = problem.dataset->test;
  request.clairvoyants = {{Policy::clairvoyant, fixed_point_values(all.reward)},
                          {Policy::clairvoyant_metric, fixed_point_values(all.raw_metric)}};
  return request;
}

RunProblem modulated_problem(double rate, double depth) {
  RunSettings settings = testing::small_settings();
  settings.policies = {Policy::clairvoyant, Policy::clairvoyant_metric};
  settings.rate = rate;
  settings.depth = depth;
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  return testing::prepared(settings);
}

void expect_equal(const SimulationOutcome& actual, const SimulationOutcome& expected) {
  for (size_t p = 0; p < 2; ++p)
    for (size_t s = 0; s < expected.clairvoyants[p].size(); ++s) {
      EXPECT_EQ(actual.clairvoyants[p][s].reward, expected.clairvoyants[p][s].reward)
          << "policy " << p << ", sequence " << s;
      EXPECT_EQ(actual.clairvoyants[p][s].offloads, expected.clairvoyants[p][s].offloads)
          << "policy " << p << ", sequence " << s;
    }
}

TEST_F(ParityClairvoyant, SegmentsAndThreadsChangeNothing) {
  for (const auto& [rate, depth] : {std::pair{0.1, 4.0}, {0.25, 1.0}, {0.05, 7.5}}) {
    const RunProblem problem = modulated_problem(rate, depth);
    SimulationRequest request = drawn_request(problem, 5, 1201);
    const SimulationOutcome expected = reference_simulation(request);
    request.traces = {2, 700};
    const SimulationOutcome whole = simulate_on_cpu(request);
    expect_equal(whole, expected);
    // Balanced with what is kept at their ends, and longer ones.
    for (const double segment_bytes : {0.0, 3000.0, 8000.0})
      for (const int threads : {1, 3, 8}) {
        SCOPED_TRACE(std::to_string(segment_bytes) + " bytes, " + std::to_string(threads) +
                     " threads");
        EXPECT_GT(clairvoyant_layout(request.bucket, 1201, segment_bytes).segments(), 1);
        SimulationOutcome cut = whole;
        for (auto& policy : cut.clairvoyants)
          std::fill(policy.begin(), policy.end(), SequenceOutcome{});
        for (PolicyTrace& trace : cut.traces.policies)
          std::fill(trace.offload.begin(), trace.offload.end(), 7);
        testing::with_threads(threads, [&] { simulate_clairvoyants(request, cut, segment_bytes); });
        expect_equal(cut, expected);
        for (size_t p = 0; p < 2; ++p) {
          EXPECT_EQ(cut.traces.policies[p].offload, whole.traces.policies[p].offload);
          EXPECT_EQ(cut.traces.policies[p].units, whole.traces.policies[p].units);
        }
      }
  }
}

TEST_F(ParityClairvoyant, TracesFollowTheBucket) {
  const RunProblem problem = modulated_problem(0.3, 2.5);
  SimulationRequest request = drawn_request(problem, 3, 400);
  request.traces = {2, 400};
  request.first_traced_sequence = 1;
  const SimulationOutcome outcome = simulate_on_cpu(request);
  const RunTraces& traces = outcome.traces;
  for (size_t p = 0; p < 2; ++p)
    for (size_t s = 0; s < 2; ++s) {
      int32_t units = problem.bucket.capacity;
      int64_t offloads = 0;
      for (size_t i = s * 400; i < (s + 1) * 400; ++i) {
        ASSERT_EQ(traces.policies[p].units[i], units) << "image " << i;
        offloads += traces.policies[p].offload[i];
        units =
            next_units(problem.bucket, units, traces.policies[p].offload[i] != 0, traces.gap[i]);
      }
      EXPECT_EQ(offloads, outcome.clairvoyants[p][s + 1].offloads);
    }
}

TEST_F(ParityClairvoyant, AStopIsHeardWithinASequence) {
  const RunProblem problem = modulated_problem(0.1, 4);
  SimulationRequest request = drawn_request(problem, 1, 1000);
  const int64_t segments = clairvoyant_layout(request.bucket, 1000, 0).segments();
  ASSERT_GT(segments, 3);
  // While it looks for the segments, while it looks back, while it decides.
  for (const int64_t stop_at : {int64_t{2}, segments + 1, 2 * segments, 6 * segments - 4}) {
    SimulationOutcome outcome;
    outcome.clairvoyants.assign(2, std::vector<SequenceOutcome>(1));
    int64_t asked = 0;
    request.stop_requested = [&] { return ++asked == stop_at; };
    simulate_clairvoyants(request, outcome, 0);
    EXPECT_EQ(asked, stop_at);
  }
}

}  // namespace
}  // namespace edgesweep
