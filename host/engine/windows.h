#pragma once
#include <cstdint>
#include <vector>

#include "host/engine/problem.h"

namespace edgesweep {

/// The training windows of one Q iteration, newest first: position 0 is the next image, 1 the
/// current one. So the next state starts at position 0 and the current state at position 1 of the
/// same row. SPEC.md section 6, step 1.
struct Windows {
  int64_t rows = 0;
  int metric_stride = 0;  ///< H1 + 2
  int gap_stride = 0;     ///< H2 + 2, or 0 without gaps
  std::vector<float>
      metric;              ///< rows x metric_stride, normalised; 0 before the start of a sequence
  std::vector<float> gap;  ///< rows x gap_stride; gap "of" an image = the one before it
  std::vector<float> reward;      ///< of the current image
  std::vector<int32_t> next_gap;  ///< between current and next image; only with gaps
};

/// Room for all windows of an iteration.
Windows make_windows(const TrainingProblem& problem);

/// Fills rows first..first+count-1 for one Q iteration: from counters (the stationary law) or from
/// replayed sequences. A row depends on (seed, iteration, row) alone.
void draw_windows(const TrainingProblem& problem, int64_t iteration, int64_t first, int64_t count,
                  Windows& windows);

/// The same one image at a time by kernels/windows.cuh: slow, the oracle of the test.
void draw_windows_plain(const TrainingProblem& problem, int64_t iteration, int64_t first,
                        int64_t count, Windows& windows);

/// One window of given sequences: row pointers of one sequence (either may be null), end point
/// `current`, written to row `row`. Image ranks -> metric and reward by `images`.
void replay_metrics(const ImageSet& images, const int32_t* index_row, int64_t current, int64_t row,
                    Windows& windows);
void replay_gaps(const int32_t* gap_row, int64_t current, int64_t row, Windows& windows);

}  // namespace edgesweep
