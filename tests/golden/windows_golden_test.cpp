// Windows cut out of given sequences: current state, next state and reward. docs/model.md#windows.
#include <gtest/gtest.h>

#include "host/engine/problem/windows.h"
#include "tests/reference/reference_trainer.h"
#include "tests/support/golden.h"
#include "tests/support/golden_dataset.h"
#include "tests/support/golden_engine.h"

namespace edgesweep {
namespace {

/// All drawn end points of one golden group as the rows of one iteration.
struct Drawn {
  explicit Drawn(const std::string& path)
      : sequence(testing::read_golden(path + "/idx0").values),
        current(testing::read_golden(path + "/idx1").values),
        gaps(testing::golden_table(path + "/iset")) {
    const std::shared_ptr<const ReplayTable> index = testing::golden_table(path + "/dset");
    TrainingProblem problem;
    problem.dqn.history_metrics = static_cast<int>(testing::golden_scalar(path + "/nhist1"));
    problem.dqn.history_gaps = static_cast<int>(testing::golden_scalar(path + "/nhist2"));
    problem.dqn.batch = static_cast<int>(sequence.size());
    problem.dqn.mini_batches = 1;
    windows = make_windows(problem);
    const ImageSet images = testing::golden_training_images();
    for (int64_t row = 0; row < windows.count; ++row) {
      const auto s = static_cast<int64_t>(sequence[row]);
      const auto t = static_cast<int64_t>(current[row]);
      replay_metrics(images, index->row(s), t, row, windows);
      if (problem.dqn.history_gaps >= 0) replay_gaps(gaps->row(s), t, row, windows);
    }
  }

  std::vector<double> sequence, current;
  std::shared_ptr<const ReplayTable> gaps;
  Windows windows;
};

/// The golden states are in double; ours are the same numbers rounded once to single precision,
/// hence exact equality.
void expect_states(const std::string& path, const char* name, int position) {
  const Drawn drawn(path);
  const std::vector<float> expected = testing::golden_single(path + "/" + name);
  const size_t inputs = expected.size() / drawn.sequence.size();
  for (int64_t row = 0; row < drawn.windows.count; ++row) {
    const auto begin = expected.begin() + row * static_cast<ptrdiff_t>(inputs);
    EXPECT_EQ(reference_input(drawn.windows, row, position),
              std::vector<float>(begin, begin + static_cast<ptrdiff_t>(inputs)))
        << path << " " << name << ", window " << row << " (image " << drawn.current[row] << ")";
  }
}

TEST(GoldenWindows, CasesCoverHistoriesLongerThanWhatHasHappened) {
  ASSERT_FALSE(testing::golden_cases("windows").empty());
  for (const std::string& path : testing::golden_cases("windows")) {
    const Drawn drawn(path);
    int short_history = 0;
    for (const double current : drawn.current)
      short_history += current < testing::golden_scalar(path + "/nhist1");
    EXPECT_GT(short_history, 0) << path;
    EXPECT_LT(short_history, drawn.windows.count) << path;
  }
}

TEST(GoldenWindows, CurrentStates) {
  for (const std::string& path : testing::golden_cases("windows")) expect_states(path, "cur", 1);
}

TEST(GoldenWindows, NextStates) {
  for (const std::string& path : testing::golden_cases("windows")) expect_states(path, "next", 0);
}

TEST(GoldenWindows, RewardOfTheCurrentImage) {
  for (const std::string& path : testing::golden_cases("windows"))
    EXPECT_EQ(Drawn(path).windows.reward, testing::golden_single(path + "/reward")) << path;
}

TEST(GoldenWindows, GapBetweenCurrentAndNextImage) {
  for (const std::string& path : testing::golden_cases("windows")) {
    if (testing::golden_scalar(path + "/nhist2") < 0) continue;
    const Drawn drawn(path);
    const size_t metrics = static_cast<size_t>(testing::golden_scalar(path + "/nhist1")) + 1;
    const testing::GoldenArray next = testing::read_golden(path + "/next");
    for (int64_t row = 0; row < drawn.windows.count; ++row) {
      // The newest gap that the next state sees is the one between the two images.
      const double newest = next.values[static_cast<size_t>(row) * next.shape[1] + metrics];
      EXPECT_EQ(drawn.windows.next_gap[row], newest) << path << ", window " << row;
    }
  }
}

}  // namespace
}  // namespace edgesweep
