// Targets of the Q iteration from given network outputs, for sampled gaps and for the expectation
// over the transition matrix, before the mean is subtracted. SPEC.md section 6, steps 2 and 3.
#include <gtest/gtest.h>

#include "host/engine/cpu/simd.h"
#include "host/engine/reference/reference_trainer.h"
#include "kernels/targets.cuh"
#include "tests/support/golden.h"
#include "tests/support/golden_dataset.h"
#include "tests/support/golden_engine.h"

namespace edgesweep {
namespace {

struct Case {
  explicit Case(const std::string& path)
      : bucket(testing::golden_bucket(path + "/qpm")),
        outputs(testing::golden_single(path + "/q_next")),
        reward(testing::golden_single(path + "/reward")),
        gaps(testing::read_golden(path + "/gaps").values),
        transition(testing::read_golden(path + "/trans")),
        discount(testing::golden_scalar(path + "/discount")) {}

  /// history_gaps 0: sampled gaps. -1: the expectation, whose law is row 0 of the matrix: gaps that
  /// end below M from an empty bucket have a column each, all others share column M.
  TrainingProblem problem(int history_gaps) const {
    TrainingProblem result;
    result.dqn.history_gaps = history_gaps;
    result.dqn.discount = discount;
    result.bucket = bucket;
    double remaining = 1;
    result.remaining.push_back(1.0f);
    for (int32_t gap = 1; bucket.refill * gap < bucket.capacity; ++gap) {
      const double probability = transition.values[static_cast<size_t>(bucket.refill * (gap - 1))];
      remaining -= probability;
      result.gap_probability.push_back(static_cast<float>(probability));
      result.remaining.push_back(static_cast<float>(remaining));
    }
    return result;
  }

  size_t rows() const { return reward.size(); }
  const float* row(size_t r) const {
    return outputs.data() + r * static_cast<size_t>(output_count(bucket));
  }
  int32_t gap(size_t r) const { return static_cast<int32_t>(gaps[r]); }

  TokenBucket bucket;
  std::vector<float> outputs, reward;
  std::vector<double> gaps;
  testing::GoldenArray transition;
  double discount;
};

TEST(GoldenTargets, CasesHaveOneOutputPerStateAndAction) {
  ASSERT_FALSE(testing::golden_cases("targets").empty());
  for (const std::string& path : testing::golden_cases("targets")) {
    const testing::GoldenArray outputs = testing::read_golden(path + "/q_next");
    EXPECT_EQ(outputs.shape.at(1), static_cast<hsize_t>(output_count(Case(path).bucket))) << path;
  }
}

/// The expectation's law says the whole matrix, so taking it from one row leaves nothing out.
/// SPEC.md section 4.
TEST(GoldenTargets, TransitionMatrixFollowsFromItsFirstRow) {
  for (const std::string& path : testing::golden_cases("targets")) {
    const Case c(path);
    const TrainingProblem problem = c.problem(-1);
    const size_t columns = c.transition.shape.at(1);
    for (int32_t n = 0; n <= c.bucket.capacity; ++n) {
      std::vector<double> row(columns, 0.0);
      size_t gap = 1;
      for (; n + c.bucket.refill * static_cast<int64_t>(gap) < c.bucket.capacity; ++gap)
        row[static_cast<size_t>(n) + static_cast<size_t>(c.bucket.refill) * (gap - 1)] =
            problem.gap_probability[gap - 1];
      row.back() = problem.remaining[gap - 1];
      for (size_t i = 0; i < columns; ++i)
        EXPECT_NEAR(row[i], c.transition.values[static_cast<size_t>(n) * columns + i],
                    6e-8)  // single precision
            << path << " row " << n << " column " << i;
    }
  }
}

void expect_targets(const std::string& path, const char* name, int history_gaps) {
  const Case c(path);
  const TrainingProblem problem = c.problem(history_gaps);
  const std::vector<double> expected = testing::read_golden(path + "/" + name).values;
  const int outputs = output_count(c.bucket);
  ASSERT_EQ(expected.size(), c.rows() * static_cast<size_t>(outputs));
  for (size_t r = 0; r < c.rows(); ++r) {
    const std::vector<float> after = reference_values_after(problem, c.row(r), c.gap(r));
    ASSERT_EQ(after.size(), static_cast<size_t>(c.bucket.capacity) + 1);
    for (int o = 0; o < outputs; ++o)
      // Values of about 3, a handful of roundings of 6e-8 (the far terms of the expectation hardly
      // weigh).
      EXPECT_NEAR(target(c.bucket, after.data(), c.reward[r], o),
                  expected[r * static_cast<size_t>(outputs) + o], 1e-6)
          << path << " " << name << ", row " << r << ", output " << o;
  }
}

TEST(GoldenTargets, SampledGaps) {
  for (const std::string& path : testing::golden_cases("targets"))
    expect_targets(path, "target_gaps", 0);
}

TEST(GoldenTargets, ExpectationOverTheTransitionMatrix) {
  for (const std::string& path : testing::golden_cases("targets"))
    expect_targets(path, "target_trans", -1);
}

/// Probability of all gaps that end at M, from a = 0..M units after the action.
std::vector<float> remaining_at(const TrainingProblem& problem) {
  std::vector<float> result;
  for (int32_t a = 0; a <= problem.bucket.capacity; ++a) {
    size_t below = 0;
    while (a + problem.bucket.refill * static_cast<int64_t>(below + 1) < problem.bucket.capacity)
      ++below;
    result.push_back(problem.remaining[below]);
  }
  return result;
}

TEST(GoldenTargets, KernelsOfEveryInstructionSetEqualThePlainValues) {
  for (const std::string& path : testing::golden_cases("targets")) {
    const Case c(path);
    const TrainingProblem sampled = c.problem(0);
    const TrainingProblem expectation = c.problem(-1);
    const std::vector<float> remaining = remaining_at(expectation);
    const float discount = static_cast<float>(c.discount);
    for (const std::string& name : instruction_sets()) {
      force_instruction_set(name);
      const SimdKernels& simd = simd_kernels();
      for (size_t r = 0; r < c.rows(); ++r) {
        std::vector<float> best(static_cast<size_t>(c.bucket.capacity - c.bucket.refill) + 1);
        simd.best_values(c.bucket, c.row(r), best.data());
        for (int32_t n = c.bucket.refill; n <= c.bucket.capacity; ++n)
          EXPECT_EQ(best[static_cast<size_t>(n - c.bucket.refill)],
                    best_value(c.bucket, c.row(r), n))
              << name;

        std::vector<float> after(static_cast<size_t>(c.bucket.capacity) + 1);
        simd.values_after_gap(c.bucket, best.data(), discount, c.gap(r), after.data());
        EXPECT_EQ(after, reference_values_after(sampled, c.row(r), c.gap(r)))
            << path << " " << name << ", row " << r;
        simd.expected_values_after(
            c.bucket, best.data(), discount, expectation.gap_probability.data(),
            static_cast<int>(expectation.gap_probability.size()), remaining.data(), after.data());
        EXPECT_EQ(after, reference_values_after(expectation, c.row(r), 0))
            << path << " " << name << ", row " << r;

        const float mean = 0.3f;
        const int offload_outputs = c.bucket.capacity + 1 - c.bucket.cost;
        std::vector<float> expanded(static_cast<size_t>(offload_outputs));
        simd.expand_targets(after.data(), offload_outputs, c.reward[r], mean, expanded.data());
        for (int i = 0; i < offload_outputs; ++i)
          EXPECT_EQ(expanded[static_cast<size_t>(i)],
                    target(c.bucket, after.data(), c.reward[r],
                           offload_output(c.bucket, c.bucket.cost + i)) -
                        mean)
              << path << " " << name << ", row " << r;
      }
    }
  }
  force_instruction_set("");
}

}  // namespace
}  // namespace edgesweep
