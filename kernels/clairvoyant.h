#pragma once
#include "kernels/clairvoyant.cuh"
#include "kernels/simulate.h"

namespace edgesweep {

/// A clairvoyant policy, kernels/clairvoyant.cuh. value: by rank.
struct ClairvoyantTask {
  DeviceSource source;
  ClairvoyantLayout layout;
  const int32_t* value;
  TraceView trace;
};

/// What a launch does with one segment of every lane's sequence. With one segment: decide alone.
/// With more: locate 0, 1, ...; look_back from the last one to 1; decide 0, 1, ...
enum class ClairvoyantPass {
  locate,     ///< where the segment after it begins
  look_back,  ///< the slopes at the end of the segment before it
  decide,
};

/// Words of scratch of one lane.
int64_t clairvoyant_scratch_words(const ClairvoyantLayout& layout);

/// Threads of a block, and its dynamic shared memory: both rows of slopes, or nothing where they
/// are so long that they lie in the scratch.
struct ClairvoyantBlock {
  int threads;
  int64_t shared_bytes;
};
/// largest_capacity: largest M of all layouts of a launch.
ClairvoyantBlock clairvoyant_block(int32_t largest_capacity);

/// One block per lane; lanes whose sequence has no such segment, or needs no such pass of it, rest.
/// scratch: `count` times scratch_words (the most that any lane's layout asks for), kept from pass
/// to pass. What lanes earn is added to `outcomes`.
cudaError_t launch_clairvoyant(const ClairvoyantTask* tasks, const PolicySequence* lanes, int count,
                               const LaneOutcomes& outcomes, ClairvoyantPass pass, int64_t segment,
                               int32_t* scratch, int64_t scratch_words,
                               const ClairvoyantBlock& block, cudaStream_t stream);

}  // namespace edgesweep
