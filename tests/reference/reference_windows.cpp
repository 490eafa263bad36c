#include "tests/reference/reference_windows.h"

#include <vector>

#include "kernels/windows.cuh"

namespace edgesweep {

void draw_windows_plain(const TrainingProblem& problem, int64_t iteration, int64_t first,
                        int64_t count, Windows& windows) {
  const SequenceSource& source = problem.windows;
  std::vector<uint32_t> index(static_cast<size_t>(windows.metrics));
  std::vector<int32_t> gap(static_cast<size_t>(windows.gaps));
  for (int64_t row = first; row < first + count; ++row) {
    const StreamKey key = window_key(source, iteration, row);
    if (!source.index_replay) {
      draw_window_indices(source.metric_law, key, windows.metrics - 2, index.data());
      for (int position = 0; position < windows.metrics; ++position)
        *windows.at(row, Windows::metric_quantity(position)) =
            source.images->metric_single[index[static_cast<size_t>(position)]];
      store_reward(*source.images, index[static_cast<size_t>(windows.rewarded_position)], row,
                   windows);
    }
    if (windows.gaps > 0 && !source.gap_replay) {
      draw_window_gaps(source.arrivals.law, key, windows.gaps - 2, gap.data());
      for (int position = 0; position < windows.gaps; ++position)
        store_gap(gap[static_cast<size_t>(position)], row, position, windows);
    }
    draw_replayed(problem, iteration, row, windows);
  }
}

}  // namespace edgesweep
