#pragma once
#include <ostream>
#include <random>

#include "host/engine/run/simulation.h"
#include "tests/support/problems.h"

namespace edgesweep::testing {

/// One short sequence under a clairvoyant policy: rewards and gaps as they come.
struct ClairvoyantInstance {
  TokenBucket bucket;
  std::vector<double> reward;
  std::vector<int32_t> gap;

  /// simulate(request): the outcome of a simulation with traces. Returns what it offloads.
  template <typename Simulate>
  std::vector<uint8_t> decided_by(const Simulate& simulate) const;
};

/// Fractional and whole rates, buckets with units that are never met, gaps of one and longer ones,
/// rewards -1, 0, 1 or fractions, some equal.
ClairvoyantInstance random_instance(std::mt19937& random, int images);

std::ostream& operator<<(std::ostream& out, const ClairvoyantInstance& instance);

/// The request of an instance with all that it points to: its images are as many ranks.
class InstanceRequest {
 public:
  explicit InstanceRequest(const ClairvoyantInstance& instance);
  InstanceRequest(const InstanceRequest&) = delete;
  InstanceRequest& operator=(const InstanceRequest&) = delete;

  const SimulationRequest& request() const { return request_; }

 private:
  SequenceSource source_;
  SimulationRequest request_;
};

template <typename Simulate>
std::vector<uint8_t> ClairvoyantInstance::decided_by(const Simulate& simulate) const {
  const InstanceRequest posed(*this);
  return simulate(posed.request()).traces.policies.at(0).offload;
}

}  // namespace edgesweep::testing
