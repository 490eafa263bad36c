// kernels/arrivals.cuh and the laws in it, against docs/model.md#arrivals played slot by slot.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <utility>

#include "kernels/arrivals.cuh"
#include "tests/support/gap_statistics.h"

namespace edgesweep {
namespace {

using testing::Expected;
using testing::GapSums;
using testing::Sample;

constexpr uint64_t kAllWords = 1ULL << 32;

ArrivalSettings two_intervals(int interval_1, int interval_2, double p_12, double p_21) {
  return {ArrivalSettings::Type::markov_modulated, interval_1, interval_2, p_12, p_21, "", ""};
}

TEST(ArrivalLaw, PeriodicGapsAreOne) {
  const OwnedArrivalLaw owned = make_arrival_law(periodic_chain());
  for (const uint32_t word : {0u, 1u, 0x80000000u, 0xffffffffu}) {
    int32_t state = draw_state(owned.law.first_limit, word);
    EXPECT_EQ(state, 0);
    EXPECT_EQ(next_gap(owned.law, word, state), 1);
    EXPECT_EQ(state, 0);
    EXPECT_EQ(draw_state(owned.law.stationary_limit, word), 0);
  }
}

TEST(ArrivalLaw, AStepIsTakenBelowItsLimit) {
  const std::vector<ArrivalStep> steps = {
      {1000, 2, 0}, {5000, 3, 1}, {kAllWords, 7, 0}, {kAllWords, 5, 1}};
  ArrivalLaw law;
  law.steps = steps.data();
  law.begin[0] = 0;
  law.begin[1] = 3;
  law.begin[2] = 4;
  const auto taken = [&](int32_t state, uint32_t word) {
    const int32_t gap = next_gap(law, word, state);
    return std::pair<int32_t, int32_t>(gap, state);
  };
  using Outcome = std::pair<int32_t, int32_t>;
  EXPECT_EQ(taken(0, 0), Outcome(2, 0));
  EXPECT_EQ(taken(0, 999), Outcome(2, 0));
  EXPECT_EQ(taken(0, 1000), Outcome(3, 1));
  EXPECT_EQ(taken(0, 4999), Outcome(3, 1));
  EXPECT_EQ(taken(0, 5000), Outcome(7, 0));
  EXPECT_EQ(taken(0, 0xffffffff), Outcome(7, 0));
  EXPECT_EQ(taken(1, 0), Outcome(5, 1));
  EXPECT_EQ(taken(1, 0xffffffff), Outcome(5, 1));
}

TEST(ArrivalLaw, StateOneBelowTheLimit) {
  EXPECT_EQ(draw_state(1000, 999), 0);
  EXPECT_EQ(draw_state(1000, 1000), 1);
  EXPECT_EQ(draw_state(0, 0), 1);
  EXPECT_EQ(draw_state(kAllWords, 0xffffffff), 0);
}

TEST(ArrivalLaw, WordsAreSharedOutByTheProbabilitiesOfTheChain) {
  for (const ArrivalSettings& settings :
       {two_intervals(1, 3, 0.001, 0.0005), two_intervals(2, 5, 0.03, 0.01),
        two_intervals(4, 1, 1, 0.3)}) {
    const ArrivalChain chain = markov_modulated_chain(settings);
    const OwnedArrivalLaw owned = make_arrival_law(chain);
    for (size_t state = 0; state < 2; ++state) {
      const size_t begin = static_cast<size_t>(owned.law.begin[state]);
      ASSERT_EQ(static_cast<size_t>(owned.law.begin[state + 1]) - begin, chain.steps[state].size());
      uint64_t before = 0;
      for (size_t i = 0; i < chain.steps[state].size(); ++i) {
        const ArrivalStep& step = owned.law.steps[begin + i];
        EXPECT_EQ(step.gap, chain.steps[state][i].gap);
        EXPECT_EQ(step.next_state, chain.steps[state][i].next_state);
        // Both limits are rounded to one word of 2^32.
        EXPECT_NEAR(static_cast<double>(step.limit - before) / kAllWords,
                    chain.steps[state][i].probability, 2.0 / kAllWords);
        before = step.limit;
      }
      EXPECT_EQ(before, kAllWords) << "no word may run past the last step";
    }
    EXPECT_NEAR(static_cast<double>(owned.law.stationary_limit) / kAllWords, chain.stationary[0],
                1.0 / kAllWords);
    EXPECT_NEAR(static_cast<double>(owned.law.first_limit) / kAllWords, chain.first[0],
                1.0 / kAllWords);
  }
}

/// The rule as it is written: visits whose slots are drawn one by one, images at T0 + interval, T0
/// + 2 interval, ..., <= T0 + L. The gap before the first image is the one that is dropped.
std::vector<int32_t> slot_process(const ArrivalSettings& settings, size_t gaps,
                                  std::mt19937_64& random) {
  std::uniform_real_distribution<double> uniform;
  bool first_state = uniform(random) < settings.p_21 / (settings.p_12 + settings.p_21);
  std::vector<int32_t> result;
  int64_t last_arrival = -1;
  for (int64_t begin = 0; result.size() < gaps; first_state = !first_state) {
    int64_t length = 1;
    while (uniform(random) >= (first_state ? settings.p_12 : settings.p_21)) ++length;
    const int interval = first_state ? settings.interval_1 : settings.interval_2;
    for (int64_t arrival = begin + interval; arrival <= begin + length; arrival += interval) {
      if (last_arrival >= 0) result.push_back(static_cast<int32_t>(arrival - last_arrival));
      last_arrival = arrival;
    }
    begin += length;
  }
  result.resize(gaps);
  return result;
}

const std::vector<ArrivalSettings>& chains() {
  // The paper's, both states short, visits that often end before their first image, and state 1 for
  // one slot at a time.
  static const std::vector<ArrivalSettings> all = {
      two_intervals(1, 3, 0.05, 0.025), two_intervals(2, 5, 0.03, 0.01),
      two_intervals(3, 2, 0.5, 0.4), two_intervals(1, 6, 1, 0.2)};
  return all;
}

Sample played(const ArrivalSettings& settings, size_t sequences, size_t gaps) {
  std::mt19937_64 random(12345);
  Sample sample{gaps, {}};
  for (size_t s = 0; s < sequences; ++s)
    sample.parts.push_back(slot_process(settings, gaps, random));
  return sample;
}

Sample generated(const ArrivalSettings& settings, int64_t sequences, int64_t gaps) {
  const ImageSet images = testing::ranked_images(10);
  return testing::draw_sequences(
             testing::generated_source(images, {}, markov_modulated_chain(settings)), sequences,
             gaps)
      .gap;
}

constexpr int kLargest = 24;

/// Gaps, and pairs of them in their order, within five standard errors of the played ones.
std::vector<std::string> differences(const Sample& sample, const Sample& reference) {
  const std::vector<int> lags;
  const GapSums statistics(sample, lags, kLargest);
  std::vector<Expected> expected;
  const auto add = [&](const std::string& name, const testing::Statistic& statistic) {
    expected.push_back({name, statistic, 0, Expected::Relation::equal, 0, 10 / reference.size()});
  };
  add("mean", testing::GapSums::mean());
  for (int gap = 1; gap <= kLargest; ++gap) {
    add("gap " + std::to_string(gap), statistics.frequency(gap));
    if (reference.row_length < 2) continue;
    for (int next = 1; next <= kLargest; ++next)
      add(std::to_string(gap) + " then " + std::to_string(next),
          statistics.pair_frequency(gap, next));
  }
  const GapSums played_statistics(reference, lags, kLargest);
  return testing::disagreements(statistics.sums(),
                                testing::with_values_of(played_statistics.sums(), expected));
}

TEST(Arrivals, LongSequencesAreTheSlotProcess) {
  for (const ArrivalSettings& settings : chains()) {
    const Sample reference = played(settings, 50, 10'000);
    const std::vector<std::string> found = differences(generated(settings, 50, 10'000), reference);
    EXPECT_TRUE(found.empty()) << settings.interval_1 << ", " << settings.interval_2 << "\n"
                               << testing::joined(found);
    ArrivalSettings other = settings;
    other.p_21 *= 1.2;
    EXPECT_FALSE(differences(generated(other, 50, 10'000), reference).empty())
        << "p_21 a fifth larger";
  }
  // Where visits hold several images, pairs of gaps also tell the direction of time.
  const Sample reference = played(chains()[1], 50, 10'000);
  EXPECT_FALSE(differences(generated(chains()[1], 50, 10'000).reversed(), reference).empty());
}

/// 40,000 sequences of one gap, in 100 parts: the state at the first image is not the stationary
/// one.
Sample in_parts(const Sample& sample) {
  Sample result{sample.row_length, std::vector<std::vector<int32_t>>(100)};
  for (size_t s = 0; s < sample.parts.size(); ++s) {
    std::vector<int32_t>& part = result.parts[s % 100];
    part.insert(part.end(), sample.parts[s].begin(), sample.parts[s].end());
  }
  return result;
}

TEST(Arrivals, FirstGapsOfSequencesAreThoseOfTheSlotProcess) {
  for (const ArrivalSettings& settings : chains()) {
    const Sample reference = in_parts(played(settings, 40'000, 1));
    const std::vector<std::string> found =
        differences(in_parts(generated(settings, 40'000, 1)), reference);
    EXPECT_TRUE(found.empty()) << settings.interval_1 << ", " << settings.interval_2 << "\n"
                               << testing::joined(found);
  }
  // Later gaps have another law.
  Sample later{1, {}};
  for (const std::vector<int32_t>& sequence : generated(chains()[0], 40'000, 200).parts)
    later.parts.push_back({sequence[199]});
  EXPECT_FALSE(differences(in_parts(later), in_parts(played(chains()[0], 40'000, 1))).empty());
}

}  // namespace
}  // namespace edgesweep
