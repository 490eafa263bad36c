#include <algorithm>
#include <list>

#include "host/engine/cuda/cuda_simulator.h"
#include "kernels/fleet.h"

namespace edgesweep {
namespace {

/// Lanes of one launch.
constexpr size_t kLanesTogether = 1 << 16;

/// One policy at up to kSwitchesTogether of its wanted switches.
struct FleetGroup {
  size_t policy;
  std::vector<size_t> switches;
};

std::vector<FleetGroup> groups_of(const FleetRequest& request) {
  std::vector<FleetGroup> groups;
  for (size_t p = 0; p < request.policies.size(); ++p) {
    FleetGroup group{p, {}};
    for (size_t w = 0; w < request.switches.size(); ++w) {
      if (is_wanted(request, p, w)) group.switches.push_back(w);
      if (group.switches.size() == kSwitchesTogether) {
        groups.push_back(group);
        group.switches.clear();
      }
    }
    if (!group.switches.empty()) groups.push_back(group);
  }
  return groups;
}

class FleetSimulation {
 public:
  FleetSimulation(const FleetRequest& request, DeviceContext& context)
      : request_(request), context_(context), groups_(groups_of(request)) {
    const DeviceSource source = context.upload(*request.source);
    for (const FleetGroup& group : groups_) {
      const RankPolicy& policy = request.policies[group.policy];
      std::vector<FleetSwitch> switches;
      int32_t cameras = 0;
      for (const size_t w : group.switches) {
        switches.push_back(request.switches[w]);
        cameras = std::max(cameras, switches.back().cameras);
      }
      last_kept_.emplace_back(policy.last_local_rank, context.stream());
      switches_.emplace_back(switches, context.stream());
      context.stream().wait();  // `switches` goes
      tasks_.push_back({source, policy.bucket, last_kept_.back().data(), switches_.back().data(),
                        static_cast<int32_t>(switches.size()), cameras, cameras_of(request),
                        request.size.images, request.mode == FleetMode::pooled ? 1 : 0});
    }
    for (size_t group = 0; group < groups_.size(); ++group)
      for (int64_t s = 0; s < request.size.sequences; ++s)
        lanes_.push_back(
            {static_cast<int32_t>(group), static_cast<int32_t>(request.first_sequence + s)});
  }

  FleetOutcome run() {
    FleetOutcome outcome;
    outcome.sums.resize(request_.policies.size() * request_.switches.size() *
                        static_cast<size_t>(request_.size.sequences));
    const DeviceBuffer<FleetTask> tasks(tasks_, context_.stream());
    for (size_t first = 0; first < lanes_.size(); first += kLanesTogether) {
      if (is_requested(request_.stop_requested)) {
        outcome.stopped = true;
        return outcome;
      }
      const size_t count = std::min(kLanesTogether, lanes_.size() - first);
      launch(tasks, first, count, outcome);
      if (request_.on_work)
        request_.on_work(work_of(request_, 0, request_.policies.size(), request_.size.sequences) *
                         static_cast<double>(count) / static_cast<double>(lanes_.size()));
    }
    return outcome;
  }

 private:
  void launch(const DeviceBuffer<FleetTask>& tasks, size_t first, size_t count,
              FleetOutcome& outcome) {
    const DeviceStream& stream = context_.stream();
    const std::vector<PolicySequence> some(lanes_.begin() + static_cast<ptrdiff_t>(first),
                                           lanes_.begin() + static_cast<ptrdiff_t>(first + count));
    const DeviceBuffer<PolicySequence> lanes(some, stream);
    std::vector<double> reward(count * kSwitchesTogether);
    std::vector<int64_t> passed(reward.size());
    std::vector<int64_t> offloads(reward.size());
    const DeviceBuffer<double> device_reward(reward.size());
    const DeviceBuffer<int64_t> device_passed(reward.size());
    const DeviceBuffer<int64_t> device_offloads(reward.size());
    const int32_t cameras = cameras_of(request_);
    check_cuda(
        launch_fleets(tasks.data(), lanes.data(), static_cast<int>(count), cameras,
                      {device_reward.data(), device_passed.data(), device_offloads.data()}, stream),
        {"fleet_kernel", (static_cast<int>(count) + kFleetThreads - 1) / kFleetThreads,
         kFleetThreads, static_cast<int64_t>(fleet_shared_bytes(cameras))});
    device_reward.download(reward, stream);
    device_passed.download(passed, stream);
    device_offloads.download(offloads, stream);
    stream.wait();
    const auto sequences = static_cast<size_t>(request_.size.sequences);
    for (size_t lane = 0; lane < count; ++lane) {
      const FleetGroup& group = groups_[static_cast<size_t>(some[lane].task)];
      const size_t sequence = (first + lane) % sequences;
      for (size_t i = 0; i < group.switches.size(); ++i) {
        const size_t pair = group.policy * request_.switches.size() + group.switches[i];
        const size_t at = lane * kSwitchesTogether + i;
        outcome.sums[pair * sequences + sequence] = {reward[at], passed[at], offloads[at]};
      }
    }
  }

  const FleetRequest& request_;
  DeviceContext& context_;
  const std::vector<FleetGroup> groups_;
  std::list<DeviceBuffer<int32_t>> last_kept_;
  std::list<DeviceBuffer<FleetSwitch>> switches_;
  std::vector<FleetTask> tasks_;
  std::vector<PolicySequence> lanes_;
};

}  // namespace

FleetOutcome simulate_fleet_on_cuda(const FleetRequest& request, DeviceContext& context) {
  return FleetSimulation(request, context).run();
}

}  // namespace edgesweep
