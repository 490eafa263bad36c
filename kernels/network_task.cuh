#pragma once
#include "kernels/arrivals.cuh"
#include "kernels/outputs.cuh"
#include "kernels/sequences.cuh"
#include "kernels/tiles.cuh"

namespace edgesweep {

// What kernels are told about one network and its data: plain structs of numbers and device
// pointers. The host owns everything they point to (host/engine/cuda) and keeps it until the kernel
// is done.

/// A fully connected network. sizes: layers + 1 numbers in device memory (inputs, hidden...,
/// outputs). Parameters layer by layer: weights (inputs, outputs) row-major, then biases; the
/// layout of TrainingState.
struct DeviceNetwork {
  int32_t layers;
  const int32_t* sizes;
};

/// Images and laws that sequences are drawn from, or tables that replay them.
struct DeviceSource {
  MetricLaw metric_law;
  ArrivalLaw arrivals;  ///< steps in device memory
  uint64_t seed;
  Purpose purpose;
  const float* metric;          ///< [images], normalised, ascending
  const float* reward_single;   ///< [images], for training
  const double* reward;         ///< [images], for simulations
  const double* weak_cost;      ///< [images]
  const int32_t* index_replay;  ///< (sequences x images) ranks, or null: drawn
  const int32_t* gap_replay;    ///< the same of gaps, or null: drawn
  int64_t replay_sequences;
  int64_t replay_images;
};

/// A layer inside the parameters: weights (inputs, outputs) row-major, then biases.
struct LayerView {
  int32_t inputs;
  int32_t outputs;
  int64_t offset;  ///< of the weights from the network's first parameter

  EDGESWEEP_HD int64_t biases() const { return offset + static_cast<int64_t>(inputs) * outputs; }
  EDGESWEEP_HD int64_t end() const { return biases() + outputs; }
};

/// One network in training and everything that a Q iteration reads and writes.
///
/// Windows lie as in host/engine/problem/windows.h: each mini-batch is a matrix with one row per
/// quantity (metric of the next image; H1 + 1 metrics of the current state; H2 + 1 gaps of the
/// current state; gap to the next image) and one column per window, rows `stride` floats apart.
struct TrainTask {
  DeviceNetwork network;
  TokenBucket bucket;
  Outputs outputs;
  float discount;
  int32_t batch;
  int32_t mini_batches;
  int32_t metrics;            ///< H1 + 2
  int32_t gaps;               ///< H2 + 2, or 0 without gaps
  int32_t rewarded_position;  ///< of the image whose reward is kept, host/engine/problem/windows.h
  int32_t stride;             ///< of windows and values after the action: batch rounded up to 4
  uint32_t iteration;
  bool center_windows;  ///< center_targets: "window"

  float* weights;
  float* adam_mean;
  float* adam_square;
  const float* adam_step;  ///< [mini_batches] of this iteration

  DeviceSource source;
  const float* gap_probability;  ///< [gap_terms], without gaps in the state
  const float* remaining;        ///< [gap_terms + 1]
  int32_t gap_terms;

  float* windows;        ///< mini_batches x (metrics + gaps) x stride
  float* reward;         ///< mini_batches x stride
  int32_t* next_gap;     ///< mini_batches x stride, only with gaps
  float* afterstates;    ///< mini_batches x (M + 1) x stride: kernels/targets.cuh, `after`
  double* row_sum;       ///< mini_batches x batch: sum of a row's targets
  float* column_loss;    ///< mini_batches x outputs: squared errors of one output
  double* batch_error;   ///< [mini_batches]
  double* error;         ///< [1]: mean over the mini-batches
  float* train_scratch;  ///< what does not fit into shared memory, see BufferLayout

  EDGESWEEP_HD int32_t quantities() const { return metrics + gaps; }
  EDGESWEEP_HD float* window_matrix(int32_t mini_batch) const {
    return windows + static_cast<int64_t>(mini_batch) * quantities() * stride;
  }
  EDGESWEEP_HD float* afterstate_values(int32_t mini_batch) const {
    return afterstates + static_cast<int64_t>(mini_batch) * (bucket.capacity + 1) * stride;
  }
  /// Row of the window matrix that holds input `i` of the next state; the current state's inputs
  /// are rows 1, 2, ...
  EDGESWEEP_HD int32_t next_state_row(int32_t i) const {
    return i == metrics - 1 ? metrics + gaps - 1 : i;
  }
};

/// Where a block keeps matrices of one column per window (or image) and one row per unit: the first
/// `shared_buffers` of them in shared memory behind the staging panels, the rest in its scratch.
/// Decided by host/engine/plan/device_plan.
struct BufferLayout {
  int32_t stride = 0;          ///< floats from row to row
  int32_t rows = 0;            ///< of each hidden buffer
  int32_t hidden_buffers = 0;  ///< how many
  int32_t shared_buffers = 0;  ///< hidden buffers in shared memory
  int32_t output_rows = 0;     ///< of the one output buffer
  bool output_in_shared = false;
  int32_t staging_floats = kStagingFloats;  ///< in front of the buffers
  /// Training: every buffer is in shared memory, and between the first hidden one and the last two
  /// there is room for the inputs of a mini-batch.
  bool all_shared = false;

  EDGESWEEP_HD int64_t hidden_floats() const { return static_cast<int64_t>(rows) * stride; }
  EDGESWEEP_HD int64_t output_floats() const { return static_cast<int64_t>(output_rows) * stride; }
  /// Floats behind the staging panels, and of one block's scratch.
  EDGESWEEP_HD int64_t shared_floats() const {
    return shared_buffers * hidden_floats() + (output_in_shared ? output_floats() : 0);
  }
  EDGESWEEP_HD int64_t scratch_floats() const {
    return (hidden_buffers - shared_buffers) * hidden_floats() +
           (output_in_shared ? 0 : output_floats());
  }
  /// Dynamic shared memory of a block: staging panels and buffers.
  EDGESWEEP_HD int64_t shared_bytes() const { return 4 * (staging_floats + shared_floats()); }
  /// Hidden buffer `i`. shared: behind the staging panels; scratch: this block's.
  EDGESWEEP_HD float* hidden(float* shared, float* scratch, int32_t i) const {
    return i < shared_buffers ? shared + i * hidden_floats()
                              : scratch + (i - shared_buffers) * hidden_floats();
  }
  EDGESWEEP_HD float* output(float* shared, float* scratch) const {
    return output_in_shared ? shared + shared_buffers * hidden_floats()
                            : scratch + (hidden_buffers - shared_buffers) * hidden_floats();
  }
};

}  // namespace edgesweep
