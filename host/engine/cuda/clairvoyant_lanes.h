#pragma once
#include <functional>
#include <map>

#include "host/engine/cuda/device_context.h"
#include "host/engine/cuda/lane_batch.h"
#include "kernels/clairvoyant.h"

namespace edgesweep {

/// Bytes of a lane's images and decisions before its sequence is cut into segments.
constexpr double kDeviceSegmentBytes = 8 << 20;

/// The clairvoyant policies of all requests of a simulation, one lane per policy and sequence.
class ClairvoyantLanes {
 public:
  /// segment_bytes: of clairvoyant_layout; outcomes do not depend on it.
  explicit ClairvoyantLanes(double segment_bytes = kDeviceSegmentBytes)
      : segment_bytes_(segment_bytes) {}

  /// Queues what the policy needs on `stream`. Returns the number of the first of the request's
  /// lanes.
  size_t add(const SimulationRequest& request, const ClairvoyantPolicy& policy,
             const DeviceSource& source, const TraceView& trace, const DeviceStream& stream);

  /// Segment by segment, a few lanes per multiprocessor at a time, or as many as half of the free
  /// memory holds. False when stop_requested, asked before every launch, said so.
  bool run(const DeviceContext& context, const std::function<bool()>& stop_requested);

  std::vector<SequenceOutcome> outcomes(size_t first, int64_t sequences) const {
    return lanes_.outcomes(first, sequences);
  }

 private:
  double segment_bytes_;
  LaneBatch<ClairvoyantTask> lanes_;
  std::map<std::vector<int32_t>, DeviceBuffer<int32_t>>
      values_;  ///< uploaded once for all requests
  // The most that any lane asks for.
  int64_t segments_ = 0;
  int64_t scratch_words_ = 0;
  int32_t largest_capacity_ = 0;
};

}  // namespace edgesweep
