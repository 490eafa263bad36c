// Targets of the Q iteration from given network outputs, for sampled gaps and for the expectation
// over the transition matrix, before the mean is subtracted. docs/model.md#q-iteration, steps 2 and
// 3.
#include <gtest/gtest.h>

#include "host/engine/cpu/simd.h"
#include "host/engine/network/padding.h"
#include "kernels/targets.cuh"
#include "tests/reference/reference_trainer.h"
#include "tests/support/golden.h"
#include "tests/support/golden_dataset.h"
#include "tests/support/golden_engine.h"

namespace edgesweep {
namespace {

constexpr Outputs kOutputs = Outputs::action_values;  // the only ones of the reference code

struct TargetsCase {
  explicit TargetsCase(const std::string& path)
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
    return outputs.data() + r * static_cast<size_t>(output_count(bucket, kOutputs));
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
    EXPECT_EQ(outputs.shape.at(1),
              static_cast<hsize_t>(output_count(TargetsCase(path).bucket, kOutputs)))
        << path;
  }
}

/// The expectation's law says the whole matrix, so taking it from one row leaves nothing out.
/// docs/model.md#transition-matrix.
TEST(GoldenTargets, TransitionMatrixFollowsFromItsFirstRow) {
  for (const std::string& path : testing::golden_cases("targets")) {
    const TargetsCase c(path);
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
  const TargetsCase c(path);
  const TrainingProblem problem = c.problem(history_gaps);
  const std::vector<double> expected = testing::read_golden(path + "/" + name).values;
  const int outputs = output_count(c.bucket, kOutputs);
  ASSERT_EQ(expected.size(), c.rows() * static_cast<size_t>(outputs));
  for (size_t r = 0; r < c.rows(); ++r) {
    const std::vector<float> after =
        reference_values_after(problem, c.row(r), c.reward[r], c.gap(r));
    ASSERT_EQ(after.size(), static_cast<size_t>(c.bucket.capacity) + 1);
    for (int o = 0; o < outputs; ++o)
      // Values of about 3, a handful of roundings of 6e-8 (the far terms of the expectation hardly
      // weigh).
      EXPECT_NEAR(target(c.bucket, kOutputs, after.data(), c.reward[r], o),
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
AlignedVector<float> remaining_at(const TrainingProblem& problem) {
  AlignedVector<float> result;
  for (int32_t a = 0; a <= problem.bucket.capacity; ++a) {
    size_t below = 0;
    while (a + problem.bucket.refill * static_cast<int64_t>(below + 1) < problem.bucket.capacity)
      ++below;
    result.push_back(problem.remaining[below]);
  }
  result.resize(static_cast<size_t>(padded_values(problem.bucket)));
  return result;
}

/// What the row kernels of the instruction set in force make of a case's rows.
struct RowValues {
  RowValues(const TargetsCase& c, const TrainingProblem& problem,
            const AlignedVector<float>& remaining)
      : stride(padded_values(c.bucket)),
        after(c.rows() * static_cast<size_t>(stride) + 2 * kPadding),
        sum(c.rows()) {
    const int outputs = output_count(c.bucket, kOutputs);
    AlignedVector<float> padded_outputs(c.rows() * static_cast<size_t>(padded(outputs)) +
                                        2 * kPadding);
    float* const first_output = padded_outputs.data() + kPadding;
    std::vector<int32_t> gap;
    for (size_t r = 0; r < c.rows(); ++r) {
      std::copy_n(c.row(r), outputs, first_output + r * static_cast<size_t>(padded(outputs)));
      gap.push_back(c.gap(r));
    }
    AlignedVector<float> best(static_cast<size_t>(c.bucket.capacity) + 1 + 2 * kPadding);
    NextStates next{};
    next.bucket = c.bucket;
    next.output_kind = kOutputs;
    next.discount = static_cast<float>(c.discount);
    next.outputs = first_output;
    next.output_stride = padded(outputs);
    next.reward = c.reward.data();
    next.gap = problem.dqn.history_gaps >= 0 ? gap.data() : nullptr;
    next.gap_probability = problem.gap_probability.data();
    next.gaps = static_cast<int>(problem.gap_probability.size());
    next.remaining_at = remaining.data();
    next.afterstate_values = row(0);
    next.afterstate_stride = stride;
    next.sum = sum.data();
    simd_kernels().next_state_values(next, static_cast<int>(c.rows()), best.data());
  }
  float* row(size_t r) { return after.data() + kPadding + r * static_cast<size_t>(stride); }

  int stride;
  AlignedVector<float> after;
  std::vector<double> sum;
};

/// Targets as the last layer's kernel forms them: a network that predicts 0, whose gradient times
/// -1 is the target.
AlignedVector<float> formed_targets(const TargetsCase& c, RowValues& values, float mean,
                                    int first_column, int columns) {
  const int rows = static_cast<int>(c.rows());
  const AlignedVector<float> input(c.rows()), weights(static_cast<size_t>(columns)),
      bias(static_cast<size_t>(columns));
  AlignedVector<float> formed(static_cast<size_t>(rows * columns), -1.0f);
  AlignedVector<float> loss(static_cast<size_t>(columns));
  const TargetPanel targets{c.bucket,        kOutputs, values.row(0), values.stride,
                            c.reward.data(), mean,     first_column};
  simd_kernels().output_gradient({input.data(), 1, 1}, rows, 1, {weights.data(), columns},
                                 bias.data(), columns, -1.0f, targets, {formed.data(), columns},
                                 loss.data());
  return formed;
}

void expect_targets(const TargetsCase& c, RowValues& values, int first_column, int columns,
                    const std::string& what) {
  const float mean = 0.3f;
  const int rows = static_cast<int>(c.rows());
  const AlignedVector<float> formed = formed_targets(c, values, mean, first_column, columns);
  for (int r = 0; r < rows; ++r)
    for (int i = 0; i < columns; ++i) {
      const int output = first_column + i;
      const size_t row = static_cast<size_t>(r);
      const float expected =
          output < output_count(c.bucket, kOutputs)
              ? target(c.bucket, kOutputs, values.row(row), c.reward[row], output) - mean
              : 0.0f;
      ASSERT_EQ(formed[static_cast<size_t>(r * columns + i)], expected)
          << what << ", row " << r << ", output " << output;
    }
}

TEST(GoldenTargets, KernelsOfEveryInstructionSetEqualThePlainValues) {
  for (const std::string& path : testing::golden_cases("targets")) {
    const TargetsCase c(path);
    const AlignedVector<float> remaining = remaining_at(c.problem(-1));
    for (const std::string& name : instruction_sets())
      for (const int history_gaps : {0, -1}) {
        force_instruction_set(name);
        const TrainingProblem problem = c.problem(history_gaps);
        const std::string what = path + " " + name + ", gaps " + std::to_string(history_gaps);
        RowValues values(c, problem, remaining);
        for (size_t r = 0; r < c.rows(); ++r) {
          const std::vector<float> expected =
              reference_values_after(problem, c.row(r), c.reward[r], c.gap(r));
          EXPECT_EQ(std::vector<float>(values.row(r), values.row(r) + c.bucket.capacity + 1),
                    expected)
              << what << ", row " << r;
          // The sum is the oracle's too: whole trainings are compared bit for bit in the parity
          // tests. Here the mean target is near it; single precision chains of some 50 terms.
          double sum = 0;
          for (int o = 0; o < output_count(c.bucket, kOutputs); ++o)
            sum += target(c.bucket, kOutputs, expected.data(), c.reward[r], o);
          EXPECT_NEAR(values.sum[r], sum, 1e-5 * (1 + std::abs(sum))) << what << ", row " << r;
        }
        const int columns = padded(output_count(c.bucket, kOutputs));
        expect_targets(c, values, 0, columns, what);
        for (int first = 0; first < columns; first += kPadding)
          expect_targets(c, values, first, kPadding, what);
      }
  }
  force_instruction_set("");
}

}  // namespace
}  // namespace edgesweep
