#pragma once
#include <vector>

#include "host/policy/token_bucket.h"

namespace edgesweep {

/// (T V)[n], n = 0..M, for V over n = Q..M: the sum over the gaps that occur, from short to long,
/// then the share of column M. Bit for bit the scalar product with TransitionMatrix::dense_row, in
/// O(M x gaps that occur).
class TransitionProduct {
 public:
  explicit TransitionProduct(const TransitionMatrix& transition);

  /// value: [n - Q], n = Q..M. result: [n], n = 0..M.
  void apply(const std::vector<double>& value, std::vector<double>& result) const;

 private:
  struct Gap {
    int shift = 0;  ///< Q (gap - 1): from n to the place of n + Q gap in `value`
    double probability = 0;
  };
  std::vector<Gap> gaps_;          ///< those with probability > 0, short first
  std::vector<double> full_;       ///< [n]: probability that the bucket is full at the next image
  bool always_next_slot_ = false;  ///< periodic: the gap is 1 for certain
};

}  // namespace edgesweep
