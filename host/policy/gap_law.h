#pragma once
#include <array>
#include <vector>

#include "host/config/settings.h"
#include "host/data/replay.h"

namespace edgesweep {

/// Tables of gaps end here, in time units. Arrivals that are rarer are refused.
constexpr int kLargestGap = 1'000'000;

/// Stationary law of the gaps between images, docs/model.md#arrivals.
struct GapLaw {
  std::vector<double> probability;  ///< [g - 1] = P(gap = g), g = 1..size; sums to 1
  double mean = 0;                  ///< tau, time units between images
};

GapLaw periodic_gaps();

/// Exact law of the two-state chain (tails below 2^-60 of the mass are dropped and the rest is
/// scaled to sum to 1). Throws what markov_modulated_chain throws.
GapLaw markov_modulated_gaps(const ArrivalSettings& settings);

/// Frequencies in a replayed table, all sequences together. Gaps above kLargestGap, which fill any
/// bucket, count as kLargestGap in `probability`; `mean` is exact. InputError (place "gap") when
/// there is none or one is below 1.
GapLaw gap_frequencies(const ReplayTable& gaps);

/// The states at arrivals as a Markov chain: from an arrival in a state, the joint law of the gap
/// to the next arrival and the state it happens in. Periodic arrivals are one state with one step.
struct ArrivalChain {
  struct Step {
    int gap = 1;
    int next_state = 0;
    double probability = 0;
  };
  /// Per state, by descending probability (ties: gap, then state); sums to 1.
  std::array<std::vector<Step>, 2> steps;
  /// Law of the state at an arrival far from the start.
  std::array<double, 2> stationary{1, 0};
  /// Law of the state at the first arrival of a generated sequence.
  std::array<double, 2> first{1, 0};
};

ArrivalChain periodic_chain();

/// InputError (places /arrivals, /arrivals/interval_1, ...) when an interval is below 1, a
/// probability outside (0, 1], or images come so rarely that the table of gaps would have to go on
/// beyond kLargestGap.
ArrivalChain markov_modulated_chain(const ArrivalSettings& settings);

}  // namespace edgesweep
