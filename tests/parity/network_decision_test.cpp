// A network that decides image by image equals the simulations: every decision, whatever the
// instruction set.
#include "host/engine/cpu/network_decision.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/simd.h"
#include "tests/reference/reference_simulator.h"
#include "tests/support/parity_cases.h"

namespace edgesweep {
namespace {

class ParityNetworkDecision : public ::testing::TestWithParam<testing::SimulationCase> {
 protected:
  void TearDown() override { force_instruction_set(""); }
};

/// What the network does on one sequence, image by image.
struct Walk {
  std::vector<uint8_t> offload;
  SequenceOutcome outcome;
};
Walk walk(const SimulationRequest& request, NetworkDecision& network, int64_t sequence) {
  const ImageSet& set = *request.source->images;
  const auto images = static_cast<size_t>(request.size.images);
  std::vector<uint32_t> index(images);
  std::vector<int32_t> gap(images);
  SequenceStream(*request.source, sequence).next(request.size.images, index.data(), gap.data());
  Walk walked;
  int32_t units = request.bucket.capacity;
  network.restart();
  for (size_t t = 0; t < images; ++t) {
    const float gap_before = t > 0 ? static_cast<float>(gap[t - 1]) : 0.0f;
    const float expected = request.expected_reward ? (*request.expected_reward)[index[t]] : 0.0f;
    const bool offload = network.decide(set.metric_single[index[t]], gap_before, units, expected);
    walked.offload.push_back(offload);
    if (offload) walked.outcome.reward += set.reward[index[t]];
    walked.outcome.offloads += offload;
    units = next_units(request.bucket, units, offload, gap[t]);
  }
  return walked;
}

TEST_P(ParityNetworkDecision, DecidesAsTheSimulationsDo) {
  const testing::SimulationProblem problem(GetParam());
  const SimulationOutcome reference = reference_simulation(problem.request());
  SimulationRequest request = problem.request();
  request.traces = request.size;
  const SimulationOutcome fast = simulate_on_cpu(request);
  const auto trace = std::find_if(fast.traces.policies.begin(), fast.traces.policies.end(),
                                  [](const PolicyTrace& t) { return t.policy == Policy::dqn; });
  ASSERT_NE(trace, fast.traces.policies.end());
  const std::vector<uint8_t>& offload = trace->offload;
  const auto images = static_cast<std::ptrdiff_t>(request.size.images);

  for (const std::string& name : instruction_sets()) {
    force_instruction_set(name);
    NetworkDecision network(*request.shape, request.bucket, problem.dqn(), *request.weights);
    for (int64_t s = 0; s < request.size.sequences; ++s) {
      const std::string what = name + ", sequence " + std::to_string(s);
      const Walk walked = walk(request, network, s);
      const SequenceOutcome& expected = reference.network[static_cast<size_t>(s)];
      EXPECT_EQ(walked.outcome.reward, expected.reward) << what;
      EXPECT_EQ(walked.outcome.offloads, expected.offloads) << what;
      const auto first = offload.begin() + s * images;
      EXPECT_EQ(walked.offload, std::vector<uint8_t>(first, first + images)) << what;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ParityNetworkDecision,
                         ::testing::ValuesIn(testing::simulation_cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace edgesweep
