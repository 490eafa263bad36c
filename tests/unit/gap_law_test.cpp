// docs/model.md#arrivals: the exact law of the gaps against two other ways to get it, slot by slot.
#include "host/policy/gap_law.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <tuple>

#include "host/error.h"

namespace edgesweep {
namespace {

ArrivalSettings modulated(int interval_1, int interval_2, double p_12, double p_21) {
  ArrivalSettings settings;
  settings.type = ArrivalSettings::Type::markov_modulated;
  settings.interval_1 = interval_1;
  settings.interval_2 = interval_2;
  settings.p_12 = p_12;
  settings.p_21 = p_21;
  return settings;
}

/// Ordinary ones, visits of one slot, states that hardly ever or never see an image.
std::vector<ArrivalSettings> many_settings() {
  return {modulated(1, 3, 0.001, 0.0005), modulated(1, 6, 0.1, 0.05),   modulated(2, 5, 0.03, 0.01),
          modulated(4, 3, 0.3, 0.6),      modulated(1, 1, 0.2, 0.7),    modulated(1, 2, 1, 0.5),
          modulated(1, 2, 1, 1),          modulated(2, 1, 0.4, 1),      modulated(3, 1, 1, 0.25),
          modulated(12, 2, 0.5, 0.3),     modulated(7, 30, 0.2, 0.001), modulated(5, 5, 0.5, 0.5)};
}

std::string text(const ArrivalSettings& s) {
  return "intervals " + std::to_string(s.interval_1) + ", " + std::to_string(s.interval_2) +
         ", probabilities " + std::to_string(s.p_12) + ", " + std::to_string(s.p_21);
}

using StepLaw = std::map<std::pair<int, int>, double>;  // (gap, next state) -> probability

/// The law of the step from an arrival, following state and countdown to the next image through
/// every slot.
StepLaw step_law_slot_by_slot(const ArrivalSettings& s, int from, int slots) {
  const std::array<int, 2> interval{s.interval_1, s.interval_2};
  const std::array<double, 2> leave{s.p_12, s.p_21};
  std::array<std::vector<double>, 2> mass;  // [state][slots to the next image of this visit]
  for (int k = 0; k < 2; ++k) mass[k].assign(static_cast<size_t>(interval[k]) + 1, 0.0);
  mass[from][interval[from]] = 1;
  StepLaw law;
  for (int slot = 1; slot <= slots; ++slot) {
    std::array<std::vector<double>, 2> next;
    std::array<double, 2> leaving{};
    for (int k = 0; k < 2; ++k) {
      next[k].assign(mass[k].size(), 0.0);
      for (size_t left = 1; left < mass[k].size(); ++left) {
        // A visit to a state just begun lasts at least one slot; any other may end first.
        leaving[k] += mass[k][left] * leave[k];
        next[k][left - 1] += mass[k][left] * (1 - leave[k]);
      }
    }
    for (int k = 0; k < 2; ++k) next[k][interval[k] - 1] += leaving[1 - k];
    for (int k = 0; k < 2; ++k) {
      if (next[k][0] > 0) law[{slot, k}] += next[k][0];
      next[k][0] = 0;
    }
    mass = next;
  }
  return law;
}

TEST(GapLaw, Periodic) {
  const GapLaw law = periodic_gaps();
  EXPECT_EQ(law.probability, std::vector<double>{1.0});
  EXPECT_EQ(law.mean, 1);
  const ArrivalChain chain = periodic_chain();
  ASSERT_EQ(chain.steps[0].size(), 1u);
  EXPECT_EQ(chain.steps[0][0].gap, 1);
  EXPECT_EQ(chain.steps[0][0].next_state, 0);
  EXPECT_EQ(chain.steps[0][0].probability, 1);
  EXPECT_EQ(chain.stationary[0], 1);
  EXPECT_EQ(chain.first[0], 1);
}

TEST(GapLaw, StepsAgreeWithFollowingEverySlot) {
  for (const ArrivalSettings& settings : many_settings()) {
    const ArrivalChain chain = markov_modulated_chain(settings);
    for (int from = 0; from < 2; ++from) {
      const auto& steps = chain.steps[static_cast<size_t>(from)];
      int longest = 0;
      for (const auto& step : steps) longest = std::max(longest, step.gap);
      const StepLaw expected = step_law_slot_by_slot(settings, from, longest);
      EXPECT_EQ(steps.size(), expected.size()) << text(settings) << ", from " << from;
      for (const auto& step : steps) {
        const auto found = expected.find({step.gap, step.next_state});
        ASSERT_NE(found, expected.end()) << text(settings) << ", gap " << step.gap;
        // Products of up to `longest` factors, each rounded.
        EXPECT_NEAR(step.probability, found->second, found->second * 1e-13 * (10 + longest))
            << text(settings) << ", from " << from << ", gap " << step.gap;
      }
    }
  }
}

TEST(GapLaw, StepsAreALawAndSorted) {
  for (const ArrivalSettings& settings : many_settings()) {
    const ArrivalChain chain = markov_modulated_chain(settings);
    for (const auto& steps : chain.steps) {
      double total = 0;
      for (size_t i = 0; i < steps.size(); ++i) {
        total += steps[i].probability;
        EXPECT_GE(steps[i].gap, 1);
        if (i == 0) continue;
        const auto key = [](const ArrivalChain::Step& s) {
          return std::make_tuple(-s.probability, s.gap, s.next_state);
        };
        EXPECT_LT(key(steps[i - 1]), key(steps[i])) << text(settings) << ", step " << i;
      }
      EXPECT_NEAR(total, 1, 1e-14) << text(settings);
    }
    EXPECT_NEAR(chain.stationary[0] + chain.stationary[1], 1, 1e-15);
    EXPECT_NEAR(chain.first[0] + chain.first[1], 1, 1e-15);
  }
}

TEST(GapLaw, MeanIsTimePerImageOfACycle) {
  for (const ArrivalSettings& s : many_settings()) {
    // A visit of state k sees sum over i of P(L >= i I) = q^(I - 1) / (1 - q^I) images.
    const auto images = [](int interval, double leave) {
      return std::pow(1 - leave, interval - 1) / (1 - std::pow(1 - leave, interval));
    };
    const double cycle = 1 / s.p_12 + 1 / s.p_21;
    const double expected = cycle / (images(s.interval_1, s.p_12) + images(s.interval_2, s.p_21));
    const GapLaw law = markov_modulated_gaps(s);
    EXPECT_NEAR(law.mean, expected, 1e-12 * expected) << text(s);
    double total = 0;
    for (const double p : law.probability) total += p;
    EXPECT_NEAR(total, 1, 1e-14) << text(s);
  }
}

/// Draws visits as docs/model.md#arrivals words them; calls seen(time, state) at every image until
/// it returns false.
template <typename Seen>
void simulate(const ArrivalSettings& s, std::mt19937_64& random, const Seen& seen) {
  std::uniform_real_distribution<double> uniform;
  int state = uniform(random) < s.p_21 / (s.p_12 + s.p_21) ? 0 : 1;
  int64_t start = 0;
  while (true) {
    const double leave = state == 0 ? s.p_12 : s.p_21;
    const int interval = state == 0 ? s.interval_1 : s.interval_2;
    int64_t length = 1;
    while (uniform(random) >= leave) ++length;
    for (int64_t time = interval; time <= length; time += interval)
      if (!seen(start + time, state)) return;
    start += length;
    state = 1 - state;
  }
}

TEST(GapLaw, SimulatedVisits) {
  const int images = 200'000;
  std::mt19937_64 random(7);
  for (const ArrivalSettings& s : {modulated(1, 3, 0.05, 0.02), modulated(4, 3, 0.3, 0.6),
                                   modulated(2, 1, 0.4, 1), modulated(6, 2, 0.5, 0.3)}) {
    const ArrivalChain chain = markov_modulated_chain(s);
    std::array<std::map<std::pair<int, int>, double>, 2> count;
    std::array<double, 2> visits{};
    int64_t last_time = 0;
    int last_state = -1;
    int left = images;
    simulate(s, random, [&](int64_t time, int state) {
      if (last_state >= 0) {
        ++count[static_cast<size_t>(last_state)][{static_cast<int>(time - last_time), state}];
        ++visits[static_cast<size_t>(last_state)];
      }
      last_time = time;
      last_state = state;
      return --left > 0;
    });
    std::array<double, 2> change{};
    for (size_t from = 0; from < 2; ++from) {
      for (const auto& step : chain.steps[from]) {
        if (step.next_state != static_cast<int>(from)) change[from] += step.probability;
        const double seen = count[from][{step.gap, step.next_state}];
        const double expected = visits[from] * step.probability;
        // Steps from a state are independent: a binomial count, five deviations; five for the rare.
        EXPECT_NEAR(seen, expected, 5 * std::sqrt(expected * (1 - step.probability)) + 5)
            << text(s) << ", from " << from << ", gap " << step.gap << " to " << step.next_state;
      }
    }
    // The states are a two-state chain, whose autocorrelations fall by 1 - change[0] - change[1].
    const double eigenvalue = 1 - change[0] - change[1];
    const double deviation = std::sqrt(chain.stationary[0] * chain.stationary[1] *
                                       (1 + eigenvalue) / (1 - eigenvalue) / images);
    EXPECT_NEAR(visits[0] / images, chain.stationary[0], 5 * deviation + 5.0 / images) << text(s);
  }
}

TEST(GapLaw, StateOfTheFirstImage) {
  const int sequences = 100'000;
  std::mt19937_64 random(8);
  for (const ArrivalSettings& s : {modulated(1, 3, 0.05, 0.2), modulated(4, 3, 0.3, 0.6),
                                   modulated(2, 1, 0.4, 1), modulated(3, 1, 1, 0.25)}) {
    const double expected = markov_modulated_chain(s).first[0];
    int first_in_1 = 0;
    for (int i = 0; i < sequences; ++i)
      simulate(s, random, [&](int64_t, int state) {
        first_in_1 += state == 0;
        return false;
      });
    EXPECT_NEAR(1.0 * first_in_1 / sequences, expected,
                5 * std::sqrt(expected * (1 - expected) / sequences) + 1e-12)
        << text(s);
  }
}

TEST(GapLaw, AStateWithoutImagesIsNeverSeen) {
  const ArrivalChain chain = markov_modulated_chain(modulated(1, 2, 0.5, 1));
  EXPECT_EQ(chain.stationary[0], 1);
  EXPECT_EQ(chain.first[0], 1);
  for (const auto& step : chain.steps[0]) EXPECT_EQ(step.next_state, 0);
}

TEST(GapLaw, VeryLongVisitsKeepTheirStationaryLaw) {
  // Leaving has probability 1e-15 and 3e-15, far below the rounding of 1: the odds of the states
  // still count.
  const ArrivalChain chain = markov_modulated_chain(modulated(1, 1, 1e-15, 3e-15));
  EXPECT_NEAR(chain.stationary[0], 0.75, 1e-12);
}

std::string refusal(const ArrivalSettings& settings) {
  try {
    markov_modulated_chain(settings);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(GapLaw, RefusesArrivalsThatAreTooRare) {
  EXPECT_NE(refusal(modulated(2, 2, 1, 1)).find("/arrivals"), std::string::npos) << "never";
  EXPECT_NE(refusal(modulated(40, 40, 0.5, 0.5)).find("/arrivals"), std::string::npos);
  EXPECT_NE(refusal(modulated(1, 2'000'000, 0.1, 1e-9)).find("interval_2"), std::string::npos);
}

TEST(GapLaw, RefusesImpossibleSettings) {
  EXPECT_NE(refusal(modulated(0, 2, 0.1, 0.1)).find("/arrivals/interval_1"), std::string::npos);
  EXPECT_NE(refusal(modulated(1, 2, 0, 0.1)).find("/arrivals/p_12"), std::string::npos);
  EXPECT_NE(refusal(modulated(1, 2, 0.1, 1.5)).find("/arrivals/p_21"), std::string::npos);
}

TEST(GapLaw, FrequenciesOfATable) {
  const GapLaw law = gap_frequencies({2, 4, {1, 1, 3, 1, 3, 5, 1, 1}});
  EXPECT_EQ(law.probability, (std::vector<double>{5.0 / 8, 0, 2.0 / 8, 0, 1.0 / 8}));
  EXPECT_EQ(law.mean, 2);
}

TEST(GapLaw, FrequenciesOfHugeGaps) {
  const GapLaw law = gap_frequencies({1, 2, {1, 2'000'000'000}});
  ASSERT_EQ(law.probability.size(), static_cast<size_t>(kLargestGap));
  EXPECT_EQ(law.probability.front(), 0.5);
  EXPECT_EQ(law.probability.back(), 0.5);
  EXPECT_EQ(law.mean, 1'000'000'000.5);
}

TEST(GapLaw, RefusesTablesWithoutGaps) {
  EXPECT_THROW(gap_frequencies({0, 0, {}}), InputError);
  EXPECT_THROW(gap_frequencies({1, 2, {1, 0}}), InputError);
}

}  // namespace
}  // namespace edgesweep
