#pragma once
#include "kernels/random.cuh"

namespace edgesweep {

/// One outcome of the next arrival: taken when a uniform word is below `limit` and not below the
/// limit of the step before.
struct ArrivalStep {
  uint64_t limit;  ///< cumulative probability * 2^32, rounded; the last step of a state has 2^32
  int32_t gap;
  int32_t next_state;
};

/// Law of the arrivals as integers, docs/model.md#arrivals: state at an arrival ->
/// (gap to the next, its state). A view: the owner of `steps` outlives it. Periodic arrivals: one
/// state, one step.
struct ArrivalLaw {
  const ArrivalStep* steps = nullptr;  ///< steps of state 1, then of state 2
  int32_t begin[3] = {0, 0, 0};        ///< steps of state k: begin[k]..begin[k + 1] - 1
  uint64_t stationary_limit =
      1ULL << 32;  ///< state 1 at a window's oldest arrival when the word is below
  uint64_t first_limit =
      1ULL << 32;  ///< state 1 at the first arrival of a sequence when the word is below

  /// One step of one time unit: no word is needed.
  EDGESWEEP_HD bool is_periodic() const {
    return begin[1] == 1 && begin[2] == 1 && steps[0].gap == 1;
  }
};

EDGESWEEP_HD int32_t draw_state(uint64_t limit, uint32_t word) { return word < limit ? 0 : 1; }

/// Gap to the next image; `state` moves to the state there. Steps are ordered by probability: the
/// scan is short.
EDGESWEEP_HD int32_t next_gap(const ArrivalLaw& law, uint32_t word, int32_t& state) {
  int32_t i = law.begin[state];
  while (word >= law.steps[i].limit) ++i;
  state = law.steps[i].next_state;
  return law.steps[i].gap;
}

}  // namespace edgesweep
