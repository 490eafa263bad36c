// The clairvoyant kernel decides as the dynamic programme: any bucket, segments, thread order.
#include <gtest/gtest.h>

#include "host/engine/cuda/clairvoyant_lanes.h"
#include "host/engine/cuda/cuda_simulator.h"
#include "host/policy/rewards.h"
#include "tests/cuda/device_under_test.h"
#include "tests/reference/reference_clairvoyant.h"
#include "tests/reference/reference_simulator.h"
#include "tests/support/clairvoyant_instance.h"

namespace edgesweep {
namespace {

using testing::ClairvoyantInstance;
using testing::random_instance;

class CudaClairvoyant : public testing::DeviceTest {};

void expect_programme(const ClairvoyantInstance& instance) {
  DeviceContext context(0);
  context.arena().keep_apart(true);
  const auto simulate = [&](const SimulationRequest& request) {
    return simulate_on_cuda({request}, context).front();
  };
  ASSERT_EQ(
      instance.decided_by(simulate),
      reference_clairvoyant(instance.bucket, fixed_point_values(instance.reward), instance.gap))
      << instance;
}

TEST_F(CudaClairvoyant, DecidesAsTheDynamicProgramme) {
  std::mt19937 random(4);
  for (int i = 0; i < 60; ++i) {
    testing::use_thread_order(static_cast<uint64_t>(i % 4));
    expect_programme(random_instance(random, 1 + i % 40));
  }
}

// One slope, a warp and one more, a block and one more, several rounds of a block; rows of slopes
// in shared memory and, from 4097 on, in the scratch; images of one tile and one more.
TEST_F(CudaClairvoyant, DecidesAsTheDynamicProgrammeWithAnyBucket) {
  const std::pair<TokenBucket, int> cases[] = {
      {{1, 1, 1}, 129},   {{1, 4, 32}, 128},  {{1, 4, 33}, 40},    {{1, 20, 257}, 60},
      {{6, 10, 25}, 130}, {{1, 20, 700}, 40}, {{9, 100, 4200}, 12}};
  std::mt19937 random(5);
  for (const auto& [bucket, images] : cases) {
    ClairvoyantInstance instance = random_instance(random, images);
    instance.bucket = bucket;
    expect_programme(instance);
  }
}

/// Sequences of 300 images of two requests, cut into segments of different lengths.
TEST_F(CudaClairvoyant, SegmentsChangeNothing) {
  RunSettings settings = testing::small_settings();
  settings.policies = {Policy::clairvoyant};
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  std::vector<RunProblem> problems = {testing::prepared(settings)};
  settings.rate = 0.25;
  settings.depth = 1;
  problems.push_back(testing::prepared(settings));
  std::vector<SimulationRequest> requests;
  for (const RunProblem& problem : problems) {
    SimulationRequest request;
    request.source = &problem.test;
    request.size = {3, 300 - 77 * static_cast<int64_t>(requests.size())};
    request.bucket = problem.bucket;
    request.clairvoyants = {
        {Policy::clairvoyant, fixed_point_values(problem.dataset->test.reward)}};
    requests.push_back(std::move(request));
  }
  for (const double segment_bytes : {0.0, 1000.0, 1e6}) {
    DeviceContext context(0);
    context.arena().keep_apart(true);
    ClairvoyantLanes lanes(segment_bytes);
    std::vector<size_t> first;
    for (const SimulationRequest& request : requests)
      first.push_back(lanes.add(request, request.clairvoyants[0], context.upload(*request.source),
                                {}, context));
    int asked = 0;
    ASSERT_TRUE(lanes.run(context, [&] { return ++asked < 0; }));
    EXPECT_EQ(asked > 1, segment_bytes < 1e6) << "one launch for one segment";
    for (size_t i = 0; i < requests.size(); ++i) {
      const std::vector<SequenceOutcome> expected =
          reference_simulation(requests[i]).clairvoyants[0];
      const std::vector<SequenceOutcome> actual = lanes.outcomes(first[i], 3);
      for (size_t s = 0; s < 3; ++s) {
        EXPECT_EQ(actual[s].reward, expected[s].reward) << "request " << i << ", sequence " << s;
        EXPECT_EQ(actual[s].offloads, expected[s].offloads);
      }
    }
    int left = asked;
    EXPECT_FALSE(lanes.run(context, [&] { return --left == 0; })) << "stop before the last launch";
  }
}

}  // namespace
}  // namespace edgesweep
