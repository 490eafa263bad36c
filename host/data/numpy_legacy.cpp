#include "host/data/numpy_legacy.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace edgesweep {
namespace {

/// The word that takes the place of `word` in the state: its highest bit with the other bits of
/// `next`, times the twist matrix, and the word 397 places further on.
inline uint32_t twisted(uint32_t word, uint32_t next, uint32_t further) {
  const uint32_t joined = (word & 0x80000000u) | (next & 0x7fffffffu);
  return further ^ (joined >> 1) ^ ((0u - (joined & 1u)) & 0x9908b0dfu);
}

inline uint32_t tempered(uint32_t word) {
  word ^= word >> 11;
  word ^= (word << 7) & 0x9d2c5680u;
  word ^= (word << 15) & 0xefc60000u;
  return word ^ (word >> 18);
}

/// Two words as a number below 2^53: the upper 27 bits of one, the upper 26 of the other.
inline uint64_t joined_bits(uint32_t high, uint32_t low) {
  return (uint64_t{high >> 5} << 26) | (low >> 6);
}

constexpr double kTwo53 = 0x1p53;

}  // namespace

void NumpyLegacy::seed(uint32_t seed) {
  state_[0] = seed;
  for (uint32_t i = 1; i < kWords; ++i)
    state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
  position_ = kWords;
}

void NumpyLegacy::refill() {
  constexpr size_t kFurther = 397, kWrap = kWords - kFurther;
  uint32_t* const state = state_.data();
  for (size_t i = 0; i < kWrap; ++i)
    state[i] = twisted(state[i], state[i + 1], state[i + kFurther]);
  for (size_t i = kWrap; i < kWords - 1; ++i)
    state[i] = twisted(state[i], state[i + 1], state[i - kWrap]);
  state[kWords - 1] = twisted(state[kWords - 1], state[0], state[kFurther - 1]);
  for (size_t i = 0; i < kWords; ++i) words_[i] = tempered(state[i]);
  position_ = 0;
}

uint32_t NumpyLegacy::word() {
  if (position_ == kWords) refill();
  return words_[position_++];
}

void NumpyLegacy::integers(int32_t largest, int32_t* values, size_t count) {
  if (largest == 0) {
    std::fill_n(values, count, 0);
    return;
  }
  // As many low bits as `largest` has; words with more than it are passed over.
  const auto limit = static_cast<uint32_t>(largest);
  const uint32_t mask = ~uint32_t{0} >> std::countl_zero(limit);
  for (size_t done = 0; done < count;) {
    if (position_ == kWords) refill();
    const size_t some = std::min(kWords - position_, count - done);
    const uint32_t* const words = words_.data() + position_;
    for (size_t i = 0; i < some; ++i) {  // without a branch: which words pass is not to be guessed
      const uint32_t value = words[i] & mask;
      values[done] = static_cast<int32_t>(value);
      done += value <= limit;
    }
    position_ += some;
  }
}

uint64_t NumpyLegacy::uniform_bits() {
  const uint32_t high = word();
  return joined_bits(high, word());
}

double NumpyLegacy::uniform() { return static_cast<double>(uniform_bits()) / kTwo53; }

void NumpyLegacy::uniforms_at_most(double limit, uint8_t* values, size_t count) {
  // Both sides times 2^53, which is exact.
  const auto most = static_cast<uint64_t>(std::floor(limit * kTwo53));
  for (size_t done = 0; done < count;) {
    const size_t some = std::min((kWords - position_) / 2, count - done);
    const uint32_t* const words = words_.data() + position_;
    for (size_t i = 0; i < some; ++i)
      values[done + i] = joined_bits(words[2 * i], words[2 * i + 1]) <= most;
    position_ += 2 * some;
    done += some;
    if (done < count) values[done++] = uniform_bits() <= most;  // from the next block, or both
  }
}

void NumpyLegacy::geometric(double p, int64_t* values, size_t count) {
  if (p < 1.0 / 3.0) {
    const double log_failure = std::log(1.0 - p);
    for (size_t i = 0; i < count; ++i)
      values[i] = static_cast<int64_t>(std::ceil(std::log1p(-uniform()) / log_failure));
    return;
  }
  const double failure = 1.0 - p;
  for (size_t i = 0; i < count; ++i) {
    const double drawn = uniform();
    int64_t trials = 1;
    double probability = p, sum = p;
    while (drawn > sum) {
      probability *= failure;
      sum += probability;
      ++trials;
    }
    values[i] = trials;
  }
}

}  // namespace edgesweep
