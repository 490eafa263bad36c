#include "host/engine/cuda/clairvoyant_lanes.h"

#include <algorithm>

#include "host/engine/plan/clairvoyant_plan.h"

namespace edgesweep {
namespace {

/// Lanes per multiprocessor: a block has few threads, which often wait for one of them.
constexpr int64_t kResidentLanes = 8;

}  // namespace

size_t ClairvoyantLanes::add(const SimulationRequest& request, const ClairvoyantPolicy& policy,
                             const DeviceSource& source, const TraceView& trace,
                             DeviceContext& context) {
  const ClairvoyantLayout layout =
      clairvoyant_layout(request.bucket, request.size.images, segment_bytes_);
  segments_ = std::max(segments_, layout.segments());
  scratch_words_ = std::max(scratch_words_, clairvoyant_scratch_words(layout));
  largest_capacity_ = std::max(largest_capacity_, layout.bucket.capacity);
  const auto [values, added] = values_.try_emplace(policy.value);
  if (added) values->second = context.arena().take(values->first);
  return lanes_.add({source, layout, values->second.data(), trace}, request.size.sequences);
}

bool ClairvoyantLanes::run(DeviceContext& context, const std::function<bool()>& stop_requested) {
  if (lanes_.empty()) return true;
  const DeviceStream& stream = context.stream();
  const int64_t lane_bytes = static_cast<int64_t>(sizeof(int32_t)) * scratch_words_;
  const int64_t memory = context.free_memory() + context.arena().idle_bytes();
  const int64_t held = std::max<int64_t>(memory / 2 / lane_bytes, 1);
  int at_once = static_cast<int>(
      std::min<int64_t>({held, lanes_.lanes(), kResidentLanes * context.limits().multiprocessors}));
  const DeviceArray<int32_t> scratch =
      context.arena().take_pieces<int32_t>(at_once, scratch_words_);
  const ClairvoyantBlock block = clairvoyant_block(largest_capacity_);

  return lanes_.run(
      [&](const ClairvoyantTask* tasks, const PolicySequence* lanes, const LaneOutcomes& outcomes) {
        const auto launched = [&](int first, ClairvoyantPass pass, int64_t segment) {
          if (stop_requested()) return false;
          const int count = std::min(at_once, lanes_.lanes() - first);
          const LaneOutcomes some{outcomes.reward + first, outcomes.weak_cost + first,
                                  outcomes.offloads + first};
          check_cuda(launch_clairvoyant(tasks, lanes + first, count, some, pass, segment,
                                        scratch.data(), scratch_words_, block, stream),
                     {"clairvoyant_kernel", count, block.threads, block.shared_bytes});
          stream.wait();
          return true;
        };
        for (int first = 0; first < lanes_.lanes(); first += at_once) {
          for (int64_t s = 0; s + 1 < segments_; ++s)
            if (!launched(first, ClairvoyantPass::locate, s)) return false;
          for (int64_t s = segments_ - 1; s > 0; --s)
            if (!launched(first, ClairvoyantPass::look_back, s)) return false;
          for (int64_t s = 0; s < segments_; ++s)
            if (!launched(first, ClairvoyantPass::decide, s)) return false;
        }
        return true;
      },
      context);
}

}  // namespace edgesweep
