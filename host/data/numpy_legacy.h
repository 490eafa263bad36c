#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace edgesweep {

/// The random numbers of numpy.random.RandomState(seed), bit by bit: the Mersenne Twister MT19937
/// (Matsumoto and Nishimura, 1998) and draws that NumPy has frozen. Written from the published
/// algorithms; tests/data/numpy_legacy.json holds values of NumPy 1.24 and 2.4. Draws of several
/// calls are those of one call for all of them.
/// docs/model-exactness.md#sequences-of-the-released-code.
class NumpyLegacy {
 public:
  explicit NumpyLegacy(uint32_t seed) { this->seed(seed); }

  /// Starts again.
  void seed(uint32_t seed);

  /// randint(0, largest + 1, size=count, dtype=int32). largest: at least 0; 0 takes nothing from
  /// the generator.
  void integers(int32_t largest, int32_t* values, size_t count);

  /// random_sample(): of the 2^53 multiples of 2^-53 in [0, 1).
  double uniform();

  /// random_sample(count) <= limit, as 0 or 1. limit: 0..1.
  void uniforms_at_most(double limit, uint8_t* values, size_t count);

  /// geometric(p, size=count): trials up to the first success. p: 1e-12..1. Below 1/3 it is
  /// computed with the C library's log and log1p. These may differ in the last bit between
  /// libraries, as NumPy's own values then do: that matters where the quotient of the two lies
  /// within a few 1e-16 of an integer.
  void geometric(double p, int64_t* values, size_t count);

 private:
  static constexpr size_t kWords = 624;

  /// The next kWords words.
  void refill();
  uint32_t word();
  uint64_t uniform_bits();  ///< uniform() times 2^53

  std::array<uint32_t, kWords> state_;
  std::array<uint32_t, kWords> words_;  ///< made of the state
  size_t position_ = kWords;            ///< of the next word that was not drawn yet
};

}  // namespace edgesweep
