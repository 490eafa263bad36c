// What the network's simulation computes before it decides: a sum that is off by its last bit would
// rarely change a decision.
#include <algorithm>

#include "host/engine/cpu/padded_network.h"
#include "kernels/network.cuh"
#include "kernels/random.cuh"
#include "tests/arm64/digest.h"
#include "tests/reference/reference_trainer.h"

namespace edgesweep::testing {
namespace {

constexpr int kRows = 37;
constexpr int kInputs = 21;

std::vector<float> uniform_values(uint32_t stream, int count) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i)
    values.push_back(
        uniform_symmetric(philox(9, static_cast<uint32_t>(i), stream, 0, Purpose::test).word[0]));
  return values;
}

/// Rows of inputs, one hidden layer on them, and what every row is multiplied with.
struct Decisions {
  explicit Decisions(int width)
      : shape{{kInputs, width, 1}},
        inputs(uniform_values(0, kRows * kInputs)),
        weights(initial_weights(shape, 5)),
        difference(uniform_values(1, width)) {}
  int width() const { return shape.sizes[1]; }

  NetworkShape shape;
  std::vector<float> inputs, weights, difference;
};

Digest decided_plainly(const Decisions& d) {
  Activations activations;
  activations.layer = {d.inputs};
  reference_forward(d.shape, d.weights, kRows, activations);
  Digest digest;
  for (int row = 0; row < kRows; ++row) {
    const float* hidden = activations.layer[1].data() + static_cast<ptrdiff_t>(row) * d.width();
    for (int i = 0; i < d.width(); ++i) digest.add(hidden[i]);
    digest.add(decision(hidden, d.difference.data(), d.width(), 0.0f));
  }
  return digest;
}

Digest decided_with_vectors(const Decisions& d) {
  PaddedParameters parameters(d.shape);
  parameters.load(d.weights);
  const int columns = parameters.columns(0);
  AlignedVector<float> hidden(static_cast<size_t>(kRows) * static_cast<size_t>(columns));
  AlignedVector<float> difference(static_cast<size_t>(columns));
  std::copy(d.difference.begin(), d.difference.end(), difference.begin());
  const float* input_rows[kRows];
  const float* hidden_rows[kRows];
  const float* difference_rows[kRows];
  for (ptrdiff_t row = 0; row < kRows; ++row) {
    input_rows[row] = d.inputs.data() + row * kInputs;
    hidden_rows[row] = hidden.data() + row * columns;
    difference_rows[row] = difference.data();
  }
  float dot[kRows];
  simd_kernels().forward_rows(input_rows, kRows, kInputs, {parameters.weights(0), columns},
                              parameters.biases(0), columns, {hidden.data(), columns});
  simd_kernels().chain_dots(hidden_rows, difference_rows, kRows, columns, dot);
  Digest digest;
  for (int row = 0; row < kRows; ++row) {
    for (int i = 0; i < d.width(); ++i) digest.add(hidden_rows[row][i]);
    digest.add(0.0f + dot[row]);
  }
  return digest;
}

}  // namespace

void digest_decisions(Report& report) {
  for (const int width : {1, 15, 16, 17, 64, 100}) {
    const Decisions decisions(width);
    report.compare(
        "width_" + std::to_string(width), [&] { return decided_plainly(decisions); },
        [&] { return decided_with_vectors(decisions); });
  }
}

}  // namespace edgesweep::testing
