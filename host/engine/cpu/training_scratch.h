#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "host/engine/network/aligned.h"
#include "host/engine/problem/windows.h"

namespace edgesweep {

/// Room for one Q iteration at a time, kept by a thread and used by one network after the other.
/// Nothing is carried over but windows: a network that trains on the same ones finds them drawn.
class TrainingScratch {
 public:
  /// Makes room for a network's iteration. True: `windows` holds its windows already; false: they
  /// have to be drawn now.
  bool begin(const TrainingProblem& problem, int64_t iteration);

  /// The windows are not to be used by another network.
  void forget_windows() { drawn_.reset(); }

  Windows windows;
  AlignedVector<float> afterstate_values;  ///< kPadding, rows x padded_values(bucket), kPadding
  std::vector<double> row_sum;             ///< sum of a row's targets
  std::vector<AlignedVector<float>> activation;  ///< hidden layers, batch x padded_stride
  AlignedVector<float> gradient[2];              ///< swapped from layer to layer
  AlignedVector<float> panel;                    ///< batch x panel: gradient of the outputs
  AlignedVector<float> transposed;
  AlignedVector<float> column_loss;

  /// Of mini-batches on two threads, which need all gradients at once.
  struct Paired {
    std::vector<AlignedVector<float>> gradient;  ///< of each layer's outputs, batch x padded_stride
    AlignedVector<float> transposed[2];          ///< by part
    AlignedVector<float> column_loss;            ///< of all outputs, padded
  };
  Paired paired;
  void make_room_for_pairs(const TrainingProblem& problem);

 private:
  std::optional<WindowsKey> drawn_;
  int64_t drawn_iteration_ = -1;
};

/// Fills rows first..first+count-1 for one Q iteration: from counters (the stationary law) or from
/// replayed sequences. `first` and `count` begin and end at mini-batches or at multiples of
/// kPadding within one, since neighbours are drawn together. A row depends on (seed, iteration,
/// row) alone.
void draw_windows(const TrainingProblem& problem, int64_t iteration, int64_t first, int64_t count,
                  Windows& windows);

}  // namespace edgesweep
