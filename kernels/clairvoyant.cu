// Policies that know the whole sequence: kernels/clairvoyant.h, launch_clairvoyant.
#include "kernels/clairvoyant.h"
#include "kernels/launch.cuh"
#include "kernels/sequence_walk.cuh"

namespace edgesweep {
namespace {

// ---------------------------------------------------------------------------------------- kernels

constexpr int kWarp = 32;
constexpr int kMostThreads = 256;
constexpr int kTile = 128;  ///< images whose values are fetched at once
constexpr int64_t kMostSharedSlopes =
    32768;  ///< bytes of both rows; longer ones lie in the scratch

/// A lane's scratch: images and decisions of a segment, what is known of the others, two rows of
/// slopes.
struct Room {
  EDGESWEEP_HD Room(const ClairvoyantLayout& layout, int32_t* scratch)
      : index(reinterpret_cast<uint32_t*>(scratch)),
        gap(scratch + layout.segment),
        worth(reinterpret_cast<uint32_t*>(gap + layout.segment)),
        begin(gap + layout.segment + layout.segment * decision_words(layout.bucket)),
        ends(begin + 2 * layout.segments()),
        slopes(ends + (layout.segments() - 1) * layout.bucket.capacity),
        units(slopes + 2 * int64_t{layout.bucket.capacity}) {}
  EDGESWEEP_HD static int64_t words(const ClairvoyantLayout& layout) {
    return layout.segment * (2 + decision_words(layout.bucket)) + 2 * layout.segments() +
           (layout.segments() + 1) * layout.bucket.capacity + 1;
  }
  uint32_t* index;
  int32_t* gap;
  uint32_t* worth;  ///< a row for each image of a value above 0, last image first
  int32_t* begin;   ///< location and state at the beginning of every segment
  int32_t* ends;    ///< slopes at the end of every segment but the last
  int32_t* slopes;
  int32_t* units;  ///< before the segment to decide
};

/// One thread draws a segment, and notes where the next one begins.
EDGESWEEP_DEVICE void draw(const ClairvoyantTask& task, int32_t sequence, int64_t segment,
                           const Room& room) {
  const ClairvoyantLayout& layout = task.layout;
  SequenceWalk walk(task.source, sequence);
  if (segment > 0)
    walk.seek({static_cast<uint32_t>(room.begin[2 * segment]), room.begin[2 * segment + 1]});
  const int64_t first = layout.first_of(segment);
  for (int64_t t = 0; t < layout.images_of(segment); ++t) {
    room.index[t] = walk.index(first + t);
    room.gap[t] = walk.gap(first + t);
  }
  if (segment + 1 == layout.segments()) return;
  const SequenceWalk::Position next = walk.position();
  room.begin[2 * segment + 2] = static_cast<int32_t>(next.location);
  room.begin[2 * segment + 3] = next.state;
}

/// Slopes of which those behind the capacity are 0.
struct Slopes {
  const int32_t* slope;
  int32_t capacity;
  EDGESWEEP_DEVICE int32_t at(int32_t i) const { return i < capacity ? slope[i] : 0; }
};

/// The threads of a block share the slopes before an image; `after` starts at the wait.
EDGESWEEP_DEVICE void slopes_before(const TokenBucket& bucket, int32_t value, int32_t wait,
                                    const Slopes& after, int32_t* to) {
  const int32_t top = bucket.capacity - bucket.cost;
  const int32_t gain = full_bucket_gain(value, after.at(top + wait));
  for (int32_t i = static_cast<int32_t>(threadIdx.x); i < bucket.capacity;
       i += static_cast<int32_t>(blockDim.x)) {
    const int32_t slope = after.at(i + wait);
    const int32_t lower = i < bucket.cost ? value : after.at(i + wait - bucket.cost);
    to[i] =
        i < top ? slope_before(value, slope, lower) : top_slope_before(value, slope, lower, gain);
  }
}

/// Bit by bit whether an image is worth a token, one warp a word.
EDGESWEEP_DEVICE void mark_worth(const TokenBucket& bucket, int32_t value, int32_t wait,
                                 const Slopes& after, uint32_t* row) {
  const int32_t bits = static_cast<int32_t>(kWarp * decision_words(bucket));
  const int32_t top = bucket.capacity - bucket.cost;
  for (int32_t i = static_cast<int32_t>(threadIdx.x); i < bits;
       i += static_cast<int32_t>(blockDim.x)) {
    const bool worth = i <= top && worth_a_token(value, after.at(i + wait));
    const uint32_t word = __ballot_sync(0xffffffffu, worth ? 1 : 0);
    if (i % kWarp == 0) row[i / kWarp] = word;
  }
}

/// Values and gaps of neighbouring images, in shared memory.
struct TileMemory {
  int32_t value[kTile];
  int32_t gap[kTile];
};

/// The block's two rows of slopes change places.
struct SlopeRows {
  int32_t* now;
  int32_t* next;
  EDGESWEEP_DEVICE void swap() {
    int32_t* const other = now;
    now = next;
    next = other;
  }
};

/// From the slopes at the end of a segment to those at its beginning; decisions too if asked for.
/// Returns how many rows of them.
EDGESWEEP_DEVICE int64_t look_back(const ClairvoyantTask& task, int64_t images, const Room& room,
                                   bool decide, TileMemory& tile, SlopeRows& rows) {
  const TokenBucket bucket = task.layout.bucket;
  int32_t wait = 0;
  int64_t marked = 0;
  for (int64_t first = (images - 1) / kTile * kTile; first >= 0; first -= kTile) {
    const int count = static_cast<int>(images - first < kTile ? images - first : kTile);
    for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
      tile.value[i] = task.value[room.index[first + i]];
      tile.gap[i] = room.gap[first + i];
    }
    __syncthreads();
    for (int i = count - 1; i >= 0; --i) {
      const int32_t value = tile.value[i];
      wait = longer_wait(bucket, wait, tile.gap[i]);
      if (value == 0) continue;
      const Slopes after{rows.now, bucket.capacity};
      if (decide)
        mark_worth(bucket, value, wait, after, room.worth + marked * decision_words(bucket));
      slopes_before(bucket, value, wait, after, rows.next);
      ++marked;
      wait = 0;
      rows.swap();
      __syncthreads();
    }
    __syncthreads();  // everybody is done with the tile
  }
  if (wait > 0) {  // nothing to earn: the slopes move
    slopes_before(bucket, 0, wait, {rows.now, bucket.capacity}, rows.next);
    rows.swap();
    __syncthreads();
  }
  return marked;
}

/// One thread walks along the segment.
EDGESWEEP_DEVICE void decide(const ClairvoyantTask& task, const PolicySequence& lane, int number,
                             int64_t segment, const Room& room, int64_t marked,
                             const LaneOutcomes& outcomes) {
  const ClairvoyantLayout& layout = task.layout;
  const TokenBucket bucket = layout.bucket;
  const int64_t first = layout.first_of(segment);
  double reward = segment == 0 ? 0 : outcomes.reward[number];
  int64_t offloads = segment == 0 ? 0 : outcomes.offloads[number];
  int32_t units = segment == 0 ? bucket.capacity : *room.units;
  const uint32_t* row = room.worth + marked * decision_words(bucket);
  for (int64_t t = 0; t < layout.images_of(segment); ++t) {
    const uint32_t index = room.index[t];
    const int32_t gap = room.gap[t];
    bool offload = false;
    if (task.value[index] > 0) {
      row -= decision_words(bucket);
      offload = can_offload(bucket, units) && offloads_at(bucket, row, units);
    }
    if (offload) {
      reward += task.source.reward[index];
      ++offloads;
    }
    record(task.trace, lane.sequence, first + t, index, 0, gap, units * layout.unit + layout.rest,
           offload);
    units = next_units(bucket, units, offload, gap);
  }
  *room.units = units;
  outcomes.reward[number] = reward;
  outcomes.weak_cost[number] = 0;
  outcomes.offloads[number] = offloads;
}

__global__ void clairvoyant_kernel(const ClairvoyantTask* tasks, const PolicySequence* lanes,
                                   LaneOutcomes outcomes, ClairvoyantPass pass, int64_t segment,
                                   int32_t* scratch, int64_t scratch_words, bool shared_slopes) {
  EDGESWEEP_SHARED(TileMemory, tile, 1);
  EDGESWEEP_DYNAMIC_SHARED(int32_t, shared);
  const int number = static_cast<int>(blockIdx.x);
  const PolicySequence lane = lanes[number];
  const ClairvoyantTask& task = tasks[lane.task];
  const ClairvoyantLayout& layout = task.layout;
  const int64_t last = layout.segments() - 1;
  if (segment > last || (pass == ClairvoyantPass::locate && segment == last)) return;
  const Room room(layout, scratch + number * scratch_words);
  if (threadIdx.x == 0) draw(task, lane.sequence, segment, room);
  if (pass == ClairvoyantPass::locate) return;

  const int32_t capacity = layout.bucket.capacity;
  SlopeRows rows{shared_slopes ? shared : room.slopes, nullptr};
  rows.next = rows.now + capacity;
  for (int32_t i = static_cast<int32_t>(threadIdx.x); i < capacity;
       i += static_cast<int32_t>(blockDim.x))
    rows.now[i] = segment < last ? room.ends[segment * capacity + i] : 0;
  __syncthreads();
  const bool deciding = pass == ClairvoyantPass::decide;
  const int64_t marked = look_back(task, layout.images_of(segment), room, deciding, tile[0], rows);
  if (!deciding) {
    for (int32_t i = static_cast<int32_t>(threadIdx.x); i < capacity;
         i += static_cast<int32_t>(blockDim.x))
      room.ends[(segment - 1) * capacity + i] = rows.now[i];
  } else if (threadIdx.x == 0) {
    decide(task, lane, number, segment, room, marked, outcomes);
  }
}

}  // namespace

// -------------------------------------------------------------------------------------- launchers

int64_t clairvoyant_scratch_words(const ClairvoyantLayout& layout) { return Room::words(layout); }

ClairvoyantBlock clairvoyant_block(int32_t largest_capacity) {
  const int32_t whole = (largest_capacity + kWarp - 1) / kWarp * kWarp;
  const int64_t slope_bytes = 2 * int64_t{4} * largest_capacity;
  return {whole < kMostThreads ? whole : kMostThreads,
          slope_bytes <= kMostSharedSlopes ? slope_bytes : 0};
}

cudaError_t launch_clairvoyant(const ClairvoyantTask* tasks, const PolicySequence* lanes, int count,
                               const LaneOutcomes& outcomes, ClairvoyantPass pass, int64_t segment,
                               int32_t* scratch, int64_t scratch_words,
                               const ClairvoyantBlock& block, cudaStream_t stream) {
  return launch(clairvoyant_kernel, static_cast<unsigned>(count),
                static_cast<unsigned>(block.threads), static_cast<size_t>(block.shared_bytes),
                stream, tasks, lanes, outcomes, pass, segment, scratch, scratch_words,
                block.shared_bytes > 0);
}

}  // namespace edgesweep
