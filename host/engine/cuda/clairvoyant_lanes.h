#pragma once
#include <functional>
#include <map>
#include <vector>

#include "host/engine/cuda/device_context.h"
#include "host/engine/run/simulation.h"
#include "kernels/clairvoyant.h"
#include "kernels/simulate.h"

namespace edgesweep {

/// Lanes of one kind of task: what is uploaded, and what they earned.
template <typename Task>
class LaneBatch {
 public:
  /// One lane per sequence. Returns the number of the first.
  size_t add(const Task& task, int64_t sequences) {
    const size_t first = lanes_.size();
    for (int64_t s = 0; s < sequences; ++s)
      lanes_.push_back({static_cast<int32_t>(tasks_.size()), static_cast<int32_t>(s)});
    tasks_.push_back(task);
    return first;
  }
  bool empty() const { return lanes_.empty(); }
  int lanes() const { return static_cast<int>(lanes_.size()); }

  /// launch(tasks, lanes, outcomes) queues the kernels on the context's stream; false when it was
  /// stopped. Returns the same.
  template <typename Launch>
  bool run(const Launch& launch, DeviceContext& context) {
    const DeviceStream& stream = context.stream();
    DeviceArena& arena = context.arena();
    const DeviceArray<Task> tasks = arena.take(tasks_);
    const DeviceArray<PolicySequence> lanes = arena.take(lanes_);
    const DeviceArray<double> reward = arena.take<double>(lanes_.size());
    const DeviceArray<double> weak_cost = arena.take<double>(lanes_.size());
    const DeviceArray<int64_t> offloads = arena.take<int64_t>(lanes_.size());
    if (!launch(tasks.data(), lanes.data(),
                LaneOutcomes{reward.data(), weak_cost.data(), offloads.data()}))
      return false;
    reward_.resize(lanes_.size());
    weak_cost_.resize(lanes_.size());
    offloads_.resize(lanes_.size());
    reward.download(reward_, stream);
    weak_cost.download(weak_cost_, stream);
    offloads.download(offloads_, stream);
    stream.wait();
    return true;
  }

  std::vector<SequenceOutcome> outcomes(size_t first, int64_t sequences) const {
    std::vector<SequenceOutcome> result;
    for (size_t lane = first; lane < first + static_cast<size_t>(sequences); ++lane)
      result.push_back({reward_[lane], offloads_[lane]});
    return result;
  }
  std::vector<double> weak_costs(size_t first, int64_t sequences) const {
    const auto begin = weak_cost_.begin() + static_cast<ptrdiff_t>(first);
    return {begin, begin + sequences};
  }

 private:
  std::vector<Task> tasks_;
  std::vector<PolicySequence> lanes_;
  std::vector<double> reward_, weak_cost_;
  std::vector<int64_t> offloads_;
};

/// Bytes of a lane's images and decisions before its sequence is cut into segments.
constexpr double kDeviceSegmentBytes = 8 << 20;

/// The clairvoyant policies of all requests of a simulation, one lane per policy and sequence.
class ClairvoyantLanes {
 public:
  /// segment_bytes: of clairvoyant_layout; outcomes do not depend on it.
  explicit ClairvoyantLanes(double segment_bytes = kDeviceSegmentBytes)
      : segment_bytes_(segment_bytes) {}

  /// Queues what the policy needs on the context's stream, in its arena. Returns the number of the
  /// first of the request's lanes.
  size_t add(const SimulationRequest& request, const ClairvoyantPolicy& policy,
             const DeviceSource& source, const TraceView& trace, DeviceContext& context);

  /// Segment by segment, a few lanes per multiprocessor at a time, or as many as half of the free
  /// memory holds. False when stop_requested, asked before every launch, said so.
  bool run(DeviceContext& context, const std::function<bool()>& stop_requested);

  std::vector<SequenceOutcome> outcomes(size_t first, int64_t sequences) const {
    return lanes_.outcomes(first, sequences);
  }

 private:
  double segment_bytes_;
  LaneBatch<ClairvoyantTask> lanes_;
  std::map<std::vector<int32_t>, DeviceArray<int32_t>> values_;  ///< uploaded once for all requests
  // The most that any lane asks for.
  int64_t segments_ = 0;
  int64_t scratch_words_ = 0;
  int32_t largest_capacity_ = 0;
};

}  // namespace edgesweep
