#pragma once
#include "host/compare/published_table.h"
#include "host/results/statistics.h"
#include "host/results/summary.h"

namespace edgesweep {

// How far ours and a published loss may lie apart by chance alone. All parts are half-widths of 95
// % intervals, added as roots of sums of squares.

/// A policy's loss over the seeds of a group, or how much the DQN gains on the MDP.
struct OurValue {
  double mean = 0;
  int64_t seeds = 0;
  Interval over_seeds;        ///< bootstrap of the mean; NaN for one seed
  double sequence_error = 0;  ///< standard error over test sequences, the same ones for all seeds;
                              ///< NaN: not known
  double images = 0;          ///< test images behind it
  bool is_trained = false;    ///< by the DQN, so that the seed and the training matter
  bool replayed = false;      ///< on the published test sequences
};

OurValue our_loss(const SummaryGroup& group, Policy policy);
OurValue our_gain(const SummaryGroup& group);

struct ComparedIntervals {
  Interval ours;  ///< the published value should lie here if it had no noise of its own
  Interval both;  ///< the same with the noise of the published value
};

/// On sequences of our own, `ours` has the spread over seeds (if there are several) and the noise
/// of our sequences; `both` also that of the published sequences, of the published training and of
/// the level. On the published sequences neither has noise of sequences, and `ours` is `both`. A
/// single training of ours is taken to vary as much as a published one, in `both` alone. NaN where
/// nothing is known to vary, or how much is not known.
ComparedIntervals compared_intervals(const OurValue& value, const PublishedNoise& noise);

}  // namespace edgesweep
