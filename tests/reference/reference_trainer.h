#pragma once
#include <vector>

#include "host/engine/problem/problem.h"
#include "host/engine/problem/windows.h"

namespace edgesweep {

// The training of docs/model.md#q-iteration in plain loops over kernels/*.cuh: slow, and the oracle
// that every backend must equal bit for bit.

/// Stored activations of a mini-batch: layer[0] are the inputs, layer[l] (rows x sizes[l]) the
/// outputs of layer l.
struct Activations {
  std::vector<std::vector<float>> layer;
};

/// layer[0] is given; each output is bias + inputs ascending, hidden layers through LeakyReLU.
void reference_forward(const NetworkShape& shape, const std::vector<float>& weights, int rows,
                       Activations& activations);

/// One mini-batch: forward, mean-squared error against `targets` (rows x outputs), gradient, Adam.
/// Returns the error: per output the squares of all rows in one chain, then the outputs ascending
/// in double, divided by rows * outputs.
double reference_step(const NetworkShape& shape, const std::vector<float>& inputs,
                      const std::vector<float>& targets, int rows, double learning_rate,
                      TrainingState& state);

/// Gradient of the mean-squared error, layout of the weights. inputs: rows x inputs, targets: rows
/// x outputs.
std::vector<float> reference_gradient(const NetworkShape& shape, const std::vector<float>& weights,
                                      const std::vector<float>& inputs,
                                      const std::vector<float>& targets, int rows, double* error);

/// The network's input of one window: `position` 0 the next state, 1 the current one.
std::vector<float> reference_input(const Windows& windows, int64_t row, int position);

/// The values after the action of one next state (kernels/targets.cuh), a = 0..M.
std::vector<float> reference_values_after(const TrainingProblem& problem, const float* outputs,
                                          float reward, int32_t gap);

/// One whole Q iteration.
void reference_q_iteration(const TrainingProblem& problem, TrainingState& state);

}  // namespace edgesweep
