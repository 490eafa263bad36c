// Five mini-batches of the float64 statement of docs/model.md#q-iteration, step 5: losses, first
// gradients, final weights. The plain step has to agree within single precision, the vector kernels
// with the plain step bit for bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "host/engine/cpu/padded_network.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/network/padding.h"
#include "tests/reference/reference_trainer.h"
#include "tests/support/golden.h"
#include "tests/support/golden_engine.h"

namespace edgesweep {
namespace {

constexpr int kLayers = 3;
constexpr int kAdamSteps = 5;
constexpr int kRows = 32;
constexpr double kWeightTolerance = 5e-7;
constexpr double kLearningRate = 1e-3;  // "3000 iterations at 1e-3, then ..."

struct Batches {
  std::vector<float> inputs = testing::golden_single("adam/x");
  std::vector<float> targets = testing::golden_single("adam/y");

  static std::vector<float> part(const std::vector<float>& all, int step) {
    const auto size = static_cast<ptrdiff_t>(all.size()) / kAdamSteps;
    return {all.begin() + step * size, all.begin() + (step + 1) * size};
  }
  std::vector<float> input(int step) const { return part(inputs, step); }
  std::vector<float> target(int step) const { return part(targets, step); }
};

TrainingState start(const testing::GoldenNetwork& network) {
  TrainingState state;
  state.weights = network.weights;
  state.adam_mean.assign(state.weights.size(), 0.0f);
  state.adam_square.assign(state.weights.size(), 0.0f);
  return state;
}

/// One training step by the kernels of the chosen instruction set alone, whole layers at a time.
class KernelTraining {
 public:
  explicit KernelTraining(const testing::GoldenNetwork& network)
      : shape_(network.shape),
        state_(start(network)),
        value_(shape_),
        mean_(shape_),
        square_(shape_) {
    value_.load(network.weights);
    for (int l = 1; l <= shape_.layers(); ++l) {
      output_.emplace_back(static_cast<size_t>(kRows * padded(shape_.sizes[l])));
      gradient_.emplace_back(output_.back().size());
    }
  }

  double step(const std::vector<float>& inputs, const std::vector<float>& targets) {
    const SimdKernels& simd = simd_kernels();
    const int last = shape_.layers() - 1;
    for (int l = 0; l < last; ++l)
      simd.forward(layer_input(l, inputs), kRows, shape_.sizes[l], weights(l), value_.biases(l),
                   value_.columns(l), true, {output_[l].data(), value_.columns(l)});
    const double error = output_layer(layer_input(last, inputs), targets);
    const float adam_step = next_adam_step(state_, kLearningRate);
    for (int l = last; l >= 0; --l) {
      const ConstMatrixView dy{gradient_[l].data(), value_.columns(l)};
      if (l > 0) input_gradient(l, dy);
      simd.weight_step(layer_input(l, inputs), kRows, shape_.sizes[l], dy, value_.columns(l),
                       {value_.weights(l), mean_.weights(l), square_.weights(l), value_.columns(l)},
                       {value_.biases(l), mean_.biases(l), square_.biases(l), 0}, adam_step);
    }
    return error;
  }

  std::vector<float> parameters() const {
    std::vector<float> result;
    value_.store(result);
    return result;
  }

 private:
  ConstMatrixView weights(int l) const { return {value_.weights(l), value_.columns(l)}; }
  ConstMatrixView layer_input(int l, const std::vector<float>& inputs) const {
    if (l == 0) return {inputs.data(), shape_.inputs()};
    return {output_[l - 1].data(), value_.columns(l - 1)};
  }

  double output_layer(ConstMatrixView x, const std::vector<float>& targets) {
    const int last = shape_.layers() - 1;
    const int outputs = shape_.outputs();
    const int columns = value_.columns(last);
    // A bucket whose outputs are the values after the action themselves.
    const TokenBucket bucket{1, 2, outputs - 1};
    AlignedVector<float> after(static_cast<size_t>(kRows * columns) + 2 * kPadding);
    float* values = after.data() + kPadding;
    for (int row = 0; row < kRows; ++row)
      std::copy_n(targets.data() + row * outputs, outputs, values + row * columns);
    const std::vector<float> rewards(size_t{kRows});
    AlignedVector<float> loss(static_cast<size_t>(columns));
    simd_kernels().output_gradient(
        x, kRows, shape_.sizes[last], weights(last), value_.biases(last), columns,
        2.0f / static_cast<float>(kRows * outputs),
        {bucket, Outputs::after_states, values, columns, rewards.data(), 0.0f, 0},
        {gradient_[last].data(), columns}, loss.data());
    double squares = 0;
    for (int c = 0; c < outputs; ++c) squares += loss[c];
    return squares / (kRows * outputs);
  }

  void input_gradient(int l, ConstMatrixView dy) {
    const int below = value_.columns(l - 1);
    AlignedVector<float> transposed(static_cast<size_t>(value_.columns(l) * below));
    simd_kernels().transpose(weights(l), shape_.sizes[l], value_.columns(l), below,
                             {transposed.data(), below});
    simd_kernels().input_gradient(dy, kRows, shape_.sizes[l + 1], {transposed.data(), below}, below,
                                  false, output_[l - 1].data(), {gradient_[l - 1].data(), below});
  }

  NetworkShape shape_;
  TrainingState state_;  // Adam's step and powers
  PaddedParameters value_, mean_, square_;
  std::vector<AlignedVector<float>> output_, gradient_;
};

TEST(GoldenAdam, Losses) {
  const Batches batches;
  const std::vector<double> expected = testing::read_golden("adam/loss").values;
  ASSERT_EQ(expected.size(), size_t{kAdamSteps});
  const testing::GoldenNetwork network = testing::golden_network("adam", kLayers, "_init");
  TrainingState state = start(network);
  for (int i = 0; i < kAdamSteps; ++i) {
    const double error = reference_step(network.shape, batches.input(i), batches.target(i), kRows,
                                        kLearningRate, state);
    // Single precision: a square is off by some roundings of 6e-8, and those of 416 squares mostly
    // cancel in the mean.
    EXPECT_NEAR(error, expected[i], 3e-7 * expected[i]) << "mini-batch " << i;
  }
}

TEST(GoldenAdam, FirstGradients) {
  const Batches batches;
  const testing::GoldenNetwork network = testing::golden_network("adam", kLayers, "_init");
  const std::vector<float> gradient = reference_gradient(
      network.shape, network.weights, batches.input(0), batches.target(0), kRows, nullptr);
  size_t at = 0;
  for (int array = 0; array < 2 * kLayers; ++array) {
    const std::string name = "adam/grad" + std::to_string(array) + "_step1";
    for (const double expected : testing::read_golden(name).values) {
      ASSERT_LT(at, gradient.size());
      // Sums of 32 products whose absolute values add up to about 1: some roundings of 6e-8.
      EXPECT_NEAR(gradient[at], expected, 5e-7) << name << ", parameter " << at;
      ++at;
    }
  }
  EXPECT_EQ(at, gradient.size());
}

TEST(GoldenAdam, WeightsAfterFiveMiniBatches) {
  const Batches batches;
  const testing::GoldenNetwork network = testing::golden_network("adam", kLayers, "_init");
  TrainingState state = start(network);
  for (int i = 0; i < kAdamSteps; ++i)
    reference_step(network.shape, batches.input(i), batches.target(i), kRows, kLearningRate, state);
  EXPECT_EQ(state.adam_steps, kAdamSteps);

  size_t at = 0;
  double largest_movement = 0;
  for (int array = 0; array < 2 * kLayers; ++array) {
    const std::string name = "adam/w" + std::to_string(array) + "_after5";
    for (const double expected : testing::read_golden(name).values) {
      ASSERT_LT(at, state.weights.size());
      // The rule divides a gradient's mean by its root mean square: a gradient g that is 1e-7 off
      // is 5e-3 * 1e-7 / |g| off in the weight, 5e-7 where |g| is as small as 1e-3, and weights
      // near 1 are rounded five times by 6e-8.
      EXPECT_NEAR(state.weights[at], expected, kWeightTolerance) << name << ", parameter " << at;
      largest_movement = std::max(largest_movement, std::abs(expected - network.weights[at]));
      ++at;
    }
  }
  EXPECT_EQ(at, state.weights.size());
  // Five steps of nearly the learning rate: the tolerance is less than a thousandth of what the
  // rule did.
  EXPECT_GT(largest_movement, 1000 * kWeightTolerance);
}

TEST(GoldenAdam, KernelsOfEveryInstructionSetEqualThePlainStep) {
  const Batches batches;
  const testing::GoldenNetwork network = testing::golden_network("adam", kLayers, "_init");
  TrainingState expected = start(network);
  std::vector<double> errors;
  for (int i = 0; i < kAdamSteps; ++i)
    errors.push_back(reference_step(network.shape, batches.input(i), batches.target(i), kRows,
                                    kLearningRate, expected));
  for (const std::string& name : instruction_sets()) {
    force_instruction_set(name);
    KernelTraining training(network);
    for (int i = 0; i < kAdamSteps; ++i)
      EXPECT_EQ(training.step(batches.input(i), batches.target(i)), errors[i])
          << name << ", mini-batch " << i;
    EXPECT_EQ(training.parameters(), expected.weights) << name;
  }
  force_instruction_set("");
}

}  // namespace
}  // namespace edgesweep
