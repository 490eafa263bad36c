// kernels/random.cuh: the published Philox4x32-10, separate streams, and the maps from words to
// numbers.
#include "kernels/random.cuh"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <vector>

namespace edgesweep {
namespace {

std::array<uint32_t, 4> words(const PhiloxBlock& block) {
  return {block.word[0], block.word[1], block.word[2], block.word[3]};
}

/// Known answers that the generator's authors publish, as (counter; key): all zeros, all ones,
/// digits of pi.
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(words(philox(0, 0, 0, 0, static_cast<Purpose>(0))),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(words(philox(0xffffffffffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
                         static_cast<Purpose>(0xffffffff))),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(words(philox(0x299f31d0a4093822, 0x243f6a88, 0x85a308d3, 0x13198a2e,
                         static_cast<Purpose>(0x03707344))),
            (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, SeedsPurposesStreamsIterationsAndPositionsShareNoBlock) {
  std::set<std::array<uint32_t, 4>> seen;
  size_t drawn = 0;
  // Neighbouring seeds, and seeds that differ in the high half alone.
  for (const uint64_t seed : {0ULL, 1ULL, 2ULL, 1ULL << 32, (1ULL << 32) + 1, ~0ULL})
    for (uint32_t purpose = 1; purpose <= 6; ++purpose)
      for (uint32_t iteration = 0; iteration < 4; ++iteration)
        for (uint32_t stream = 0; stream < 8; ++stream)
          for (uint32_t position = 0; position < 64; ++position, ++drawn)
            seen.insert(
                words(philox(seed, position, stream, iteration, static_cast<Purpose>(purpose))));
  // 73,728 blocks of 128 bits: two equal ones by chance have probability 1e-29.
  EXPECT_EQ(seen.size(), drawn);
}

TEST(Philox, ChannelsOfAllPurposesAreDifferentCounters) {
  std::set<uint32_t> seen;
  for (uint32_t purpose = 1; purpose <= 6; ++purpose)
    for (uint32_t channel = 0; channel < 4; ++channel)
      seen.insert(static_cast<uint32_t>(
          channel_of(static_cast<Purpose>(purpose), static_cast<Channel>(channel))));
  EXPECT_EQ(seen.size(), 24u);
}

TEST(RandomWord, IsAWordOfThePositionsBlock) {
  const StreamKey key{77, 5, 9, Purpose::validation};
  for (uint32_t position = 0; position < 12; ++position)
    EXPECT_EQ(random_word(key, Channel::gap, position),
              philox(77, position / 4, 5, 9, channel_of(Purpose::validation, Channel::gap))
                  .word[position % 4]);
}

TEST(Philox, PurposesAreDifferentNumbers) {
  const std::set<Purpose> all = {Purpose::initial_weights,
                                 Purpose::training_windows,
                                 Purpose::training_evaluation,
                                 Purpose::validation,
                                 Purpose::test,
                                 Purpose::bootstrap};
  EXPECT_EQ(all.size(), 6u);
}

/// Chi-square of counts that should be equal: its mean is cells - 1, its standard deviation sqrt(2
/// (cells - 1)).
void expect_uniform(const std::vector<int64_t>& counts, const std::string& what) {
  double total = 0;
  for (const int64_t count : counts) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(counts.size());
  double chi_square = 0;
  for (const int64_t count : counts)
    chi_square += (count - expected) * (count - expected) / expected;
  const double freedom = static_cast<double>(counts.size()) - 1;
  EXPECT_NEAR(chi_square, freedom, 5 * std::sqrt(2 * freedom)) << what;
}

TEST(Philox, WordsAreUniformAndWordsOfABlockIndependent) {
  std::vector<int64_t> high(4 * 256), low(4 * 256), pairs(6 * 256);
  for (uint32_t i = 0; i < 200'000; ++i) {
    const PhiloxBlock block = philox(7, i, 3, 0, Purpose::test);
    size_t pair = 0;
    for (size_t w = 0; w < 4; ++w) {
      ++high[w * 256 + (block.word[w] >> 24)];
      ++low[w * 256 + (block.word[w] & 255)];
      for (size_t v = 0; v < w; ++v)
        ++pairs[pair++ * 256 + (block.word[v] >> 28) * 16 + (block.word[w] >> 28)];
    }
  }
  for (size_t w = 0; w < 4; ++w) {
    const auto at = [&](const std::vector<int64_t>& all, size_t part) {
      return std::vector<int64_t>(all.begin() + static_cast<ptrdiff_t>(part * 256),
                                  all.begin() + static_cast<ptrdiff_t>(part * 256 + 256));
    };
    expect_uniform(at(high, w), "high bits of word " + std::to_string(w));
    expect_uniform(at(low, w), "low bits of word " + std::to_string(w));
  }
  for (size_t pair = 0; pair < 6; ++pair)
    expect_uniform({pairs.begin() + static_cast<ptrdiff_t>(pair * 256),
                    pairs.begin() + static_cast<ptrdiff_t>(pair * 256 + 256)},
                   "pair of words " + std::to_string(pair));
}

TEST(UniformBelow, FirstAndLastWord) {
  for (const uint32_t count : {1u, 2u, 3u, 33'333u, 0x80000000u, 0xffffffffu}) {
    EXPECT_EQ(uniform_below(0, count), 0u) << count;
    EXPECT_EQ(uniform_below(0xffffffff, count), count - 1) << count;
  }
}

/// Every value has floor or ceil of 2^32 / count words, next to each other and in ascending order.
TEST(UniformBelow, EveryValueHasItsShareOfTheWords) {
  for (const uint64_t count : {3ULL, 10ULL, 1000ULL, 33'333ULL, 0x80000001ULL, 0xffffffffULL})
    for (const uint64_t value : {uint64_t{1}, uint64_t{2}, count / 2, count - 1}) {
      const uint64_t first = ((value << 32) + count - 1) / count;
      EXPECT_EQ(uniform_below(static_cast<uint32_t>(first), static_cast<uint32_t>(count)), value)
          << count;
      EXPECT_EQ(uniform_below(static_cast<uint32_t>(first - 1), static_cast<uint32_t>(count)),
                value - 1)
          << count;
    }
}

TEST(UniformSymmetric, EndsAndSteps) {
  EXPECT_EQ(uniform_symmetric(0), -1.0f);
  EXPECT_EQ(uniform_symmetric(0xffffffff), 1.0f - std::ldexp(1.0f, -23));
  EXPECT_EQ(uniform_symmetric(0x80000000), 0.0f);
  EXPECT_EQ(uniform_symmetric(0x80000100), std::ldexp(1.0f, -23));
  EXPECT_EQ(uniform_symmetric(0x7fffffff), -std::ldexp(1.0f, -23));
  EXPECT_EQ(uniform_symmetric(0xc0000000), 0.5f);
}

TEST(UniformSymmetric, MeanAndVariance) {
  constexpr int kDraws = 400'000;
  double sum = 0;
  double squares = 0;
  for (uint32_t i = 0; i < kDraws; ++i) {
    const double value = uniform_symmetric(philox(1, i, 0, 0, Purpose::initial_weights).word[0]);
    sum += value;
    squares += value * value;
  }
  // Five standard errors: the variance is 1/3, that of the square 1/5 - 1/9.
  EXPECT_NEAR(sum / kDraws, 0, 5 * std::sqrt(1.0 / 3 / kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 5 * std::sqrt((1.0 / 5 - 1.0 / 9) / kDraws));
}

}  // namespace
}  // namespace edgesweep
