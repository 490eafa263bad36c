// Warp collectives: the last lane to come computes every lane's result.
#include <bit>

#include "block.h"
#include "sanitizers.h"
#include "text.h"

namespace cuda_emulation {

unsigned Block::existing_lanes(unsigned warp) const {
  const unsigned lanes = count_ - warp * kWarp;
  return lanes >= kWarp ? ~0u : (1u << lanes) - 1;
}

uint64_t Block::collective(WarpOperation operation, unsigned mask, uint64_t value, int operand,
                           int width, Place place) {
  Thread& self = *current_;
  const unsigned warp = self.number / kWarp;
  const unsigned lanes = mask & existing_lanes(warp);
  if ((lanes >> self.number % kWarp & 1) == 0)
    fail(cudaErrorLaunchFailure,
         format("is not in its own mask 0x%08x of the warp collective %s:%d", mask, place.file,
                place.line));
  if (width < 1 || width > static_cast<int>(kWarp) || (width & (width - 1)) != 0)
    fail(cudaErrorLaunchFailure, format("gives width %d, no power of two up to 32, at %s:%d", width,
                                        place.file, place.line));
  self.place = place;
  self.collective = {operation, mask, value, operand, width, 0};
  const unsigned leader = warp * kWarp + static_cast<unsigned>(std::countr_zero(lanes));
  uint64_t* const tag = &warp_tags_[leader][warp_phases_[leader]];
  const bool orders_memory = operation == WarpOperation::kSync;
  if (orders_memory) release(tag);
  states_[self.number] = kAtCollective;
  --runnable_;
  if (collective_is_complete(warp, self)) {
    warp_phases_[leader] ^= 1;
    complete_collective(warp, lanes);
  }
  suspend(self);
  if (orders_memory) acquire(tag);
  return self.collective.result;
}

bool Block::collective_is_complete(unsigned warp, const Thread& self) const {
  const unsigned lanes = self.collective.mask & existing_lanes(warp);
  for (unsigned left = lanes; left != 0; left &= left - 1) {
    const Thread& other = lane_thread(warp, static_cast<unsigned>(std::countr_zero(left)));
    if (states_[other.number] != kAtCollective) return false;
    if (other.collective.mask != self.collective.mask ||
        other.collective.operation != self.collective.operation ||
        other.place.line != self.place.line)
      return false;
  }
  return true;
}

void Block::complete_collective(unsigned warp, unsigned lanes) {
  for (unsigned left = lanes; left != 0; left &= left - 1) {
    Thread& lane = lane_thread(warp, static_cast<unsigned>(std::countr_zero(left)));
    lane.collective.result = collective_result(lane, lanes);
    states_[lane.number] = kRunnable;
    ++runnable_;
  }
}

/// As the instruction defines it. A lane that the mask does not name has no value: the poison.
uint64_t Block::collective_result(const Thread& lane, unsigned lanes) const {
  const Collective& call = lane.collective;
  const unsigned warp = lane.number / kWarp;
  const int self = static_cast<int>(lane.number % kWarp);
  const int first = self / call.width * call.width;  // of the lane's own segment
  const int operand = call.operand & 31;             // the instruction takes five bits
  int source = 0;
  switch (call.operation) {
    case WarpOperation::kSync:
      return 0;
    case WarpOperation::kBallot: {
      unsigned votes = 0;
      for (unsigned left = lanes; left != 0; left &= left - 1) {
        const auto voter = static_cast<unsigned>(std::countr_zero(left));
        votes |= static_cast<unsigned>(lane_thread(warp, voter).collective.value) << voter;
      }
      return votes;
    }
    case WarpOperation::kShuffle:
      source = first + (operand & (call.width - 1));
      break;
    case WarpOperation::kShuffleUp:
      source = self - operand >= first ? self - operand : self;
      break;
    case WarpOperation::kShuffleDown:
      source = self + operand < first + call.width ? self + operand : self;
      break;
    case WarpOperation::kShuffleXor:
      // Values of earlier segments may be read, those of later ones not.
      source = self ^ operand;
      if (source >= first + call.width) source = self;
      break;
  }
  if ((lanes >> source & 1) == 0) return static_cast<uint64_t>(poison_) << 32 | poison_;
  return lane_thread(warp, static_cast<unsigned>(source)).collective.value;
}

}  // namespace cuda_emulation
