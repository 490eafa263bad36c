#pragma once
#include <cstdint>
#include <vector>

#include "host/engine/network/aligned.h"
#include "host/engine/problem/problem.h"

namespace edgesweep {

/// The training windows of one Q iteration, newest first: position 0 is the next image, 1 the
/// current one. docs/model.md#windows.
///
/// Each mini-batch is a matrix of its own, one row per quantity and one column per window, so that
/// several windows are drawn side by side and the current states of a mini-batch lie together:
///   row 0                      metric of the next image
///   rows 1 .. H1 + 1           metrics of the current state, newest first
///   rows H1 + 2 .. H1 + H2 + 2 gaps of the current state, newest first   (with gaps)
///   row H1 + H2 + 3            gap between current and next image        (with gaps)
struct Windows {
  int64_t count = 0;              ///< windows in all
  int batch = 0;                  ///< windows in one mini-batch
  int metrics = 0;                ///< H1 + 2
  int gaps = 0;                   ///< H2 + 2, or 0 without gaps
  int rewarded_position = 1;      ///< 1, or 0 with after_states: U needs the next image's reward
  int stride = 0;                 ///< floats from row to row: `batch` columns, then padding
  AlignedVector<float> value;     ///< mini-batches x (metrics + gaps) x stride
  std::vector<float> reward;      ///< of the image at rewarded_position
  std::vector<int32_t> next_gap;  ///< between current and next image; only with gaps

  /// Element (quantity, window `row`) of the mini-batch matrix.
  float* at(int64_t row, int quantity) {
    return value.data() + (row / batch * (metrics + gaps) + quantity) * stride + row % batch;
  }
  const float* at(int64_t row, int quantity) const {
    return value.data() + (row / batch * (metrics + gaps) + quantity) * stride + row % batch;
  }
  /// Row of the matrix that holds the metric at a position, 0..H1 + 1.
  static int metric_quantity(int position) { return position; }
  /// ... the gap of the image at a position, 0..H2 + 1: the one before it.
  int gap_quantity(int position) const { return metrics + (position == 0 ? gaps : position) - 1; }

  float metric(int64_t row, int position) const { return *at(row, metric_quantity(position)); }
  float gap(int64_t row, int position) const { return *at(row, gap_quantity(position)); }
};

/// Room for all windows of an iteration.
Windows make_windows(const TrainingProblem& problem);

/// Bytes of make_windows.
double windows_bytes(const DqnSettings& dqn);

/// The stream that a window is drawn from.
StreamKey window_key(const SequenceSource& source, int64_t iteration, int64_t row);

/// Replayed parts of a window; none without replay.
void draw_replayed(const TrainingProblem& problem, int64_t iteration, int64_t row,
                   Windows& windows);

/// Into row `row`: the reward of the image of a rank, and the gap at a position.
void store_reward(const ImageSet& images, uint32_t rank, int64_t row, Windows& windows);
void store_gap(int32_t gap, int64_t row, int position, Windows& windows);

/// One window of given sequences: row pointers of one sequence (either may be null), end point
/// `current`, written to row `row`. Image ranks -> metric and reward by `images`.
void replay_metrics(const ImageSet& images, const int32_t* index_row, int64_t current, int64_t row,
                    Windows& windows);
void replay_gaps(const int32_t* gap_row, int64_t current, int64_t row, Windows& windows);

}  // namespace edgesweep
