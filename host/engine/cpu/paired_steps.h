#pragma once
#include <cstdint>

namespace edgesweep {

/// Whether a network's mini-batches go faster with a second thread: found out by trying, since the
/// other processor may be busy with something else.
class PairingChoice {
 public:
  /// Whether the next Q iteration is to be tried with two.
  bool pairs() const;
  /// How long its mini-batches took; helped: a second thread came.
  void took(double seconds, bool helped);
  /// How many times it was helped.
  int64_t paired_iterations() const { return paired_iterations_; }

 private:
  static constexpr int kBetweenTries = 32;  ///< iterations between two tries of the slower way
  int64_t iteration_ = 0, paired_iterations_ = 0;
  double alone_ = -1, paired_ = -1;  ///< seconds of the last iteration; < 0: not known
};

}  // namespace edgesweep
