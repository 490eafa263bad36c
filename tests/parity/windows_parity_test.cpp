// Drawing windows and sequences with vectors equals drawing them image by image.
#include <gtest/gtest.h>

#include "host/engine/cpu/simd.h"
#include "host/engine/cpu/training_scratch.h"
#include "host/engine/problem/sequence_source.h"
#include "host/engine/problem/windows.h"
#include "tests/reference/reference_windows.h"
#include "tests/support/parity_cases.h"

namespace edgesweep {
namespace {

class ParityWindows : public ::testing::TestWithParam<std::tuple<double, double, int, int>> {
 protected:
  void TearDown() override { force_instruction_set(""); }
};

TEST_P(ParityWindows, EqualTheOnesDrawnImageByImage) {
  const auto [spread, reset_probability, history_metrics, history_gaps] = GetParam();
  const RunProblem problem = testing::prepared(
      testing::windows_settings(spread, reset_probability, history_metrics, history_gaps));
  Windows plain = make_windows(*problem.training);
  draw_windows_plain(*problem.training, 7, 0, plain.count, plain);
  for (const std::string& name : instruction_sets()) {
    force_instruction_set(name);
    Windows windows = make_windows(*problem.training);
    draw_windows(*problem.training, 7, 0, windows.count, windows);
    EXPECT_EQ(testing::metrics_of(windows), testing::metrics_of(plain)) << name;
    EXPECT_EQ(testing::gaps_of(windows), testing::gaps_of(plain)) << name;
    EXPECT_EQ(windows.reward, plain.reward) << name;
    EXPECT_EQ(windows.next_gap, plain.next_gap) << name;
  }
}

// Never and always a reset, one location and the whole set; histories of 1, a vector's length and
// more.
INSTANTIATE_TEST_SUITE_P(Laws, ParityWindows,
                         ::testing::Combine(::testing::Values(0.0, 0.1, 1.0),
                                            ::testing::Values(0.0, 0.05, 1.0),
                                            ::testing::Values(0, 6, 95),
                                            ::testing::Values(-1, 0, 20)));

TEST(ParityWindows, ALongerHistoryOnlyAddsOlderImages) {
  RunSettings settings = testing::small_settings();
  settings.dqn.history_metrics = 3;
  const RunProblem problem_short = testing::prepared(settings);
  settings.dqn.history_metrics = 40;
  const RunProblem problem_long = testing::prepared(settings);
  Windows few = make_windows(*problem_short.training);
  Windows many = make_windows(*problem_long.training);
  draw_windows(*problem_short.training, 2, 0, few.count, few);
  draw_windows(*problem_long.training, 2, 0, many.count, many);
  for (int64_t row = 0; row < few.count; ++row)
    for (int position = 0; position < few.metrics; ++position)
      EXPECT_EQ(few.metric(row, position), many.metric(row, position));
}

TEST(ParityWindows, SequencesDrawnInPiecesEqualImageByImage) {
  RunSettings settings = testing::small_settings();
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.3, 0.2, "", ""};
  const RunProblem problem = testing::prepared(settings);
  const SequenceSource& source = problem.test;
  constexpr int kImages = 1000;
  for (const std::string& name : instruction_sets()) {
    force_instruction_set(name);
    SequenceStream stream(source, 5);
    std::vector<uint32_t> index(kImages);
    std::vector<int32_t> gap(kImages);
    for (int done = 0, piece = 1; done < kImages;
         done += piece, piece = std::min(piece + 7, kImages - done))
      stream.next(std::min(piece, kImages - done), index.data() + done, gap.data() + done);
    uint32_t location = 0;
    const StreamKey key{source.seed, 5, 0, Purpose::test};
    int32_t state =
        draw_state(source.arrivals.law.first_limit, random_word(key, Channel::start, 0));
    for (uint32_t t = 0; t < kImages; ++t) {
      ASSERT_EQ(index[t], draw_index(source.metric_law, key, t, location))
          << name << " image " << t;
      ASSERT_EQ(gap[t], next_gap(source.arrivals.law, random_word(key, Channel::gap, t), state))
          << name << " image " << t;
    }
  }
  force_instruction_set("");
}

}  // namespace
}  // namespace edgesweep
