#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/engine/network/padding.h"
#include "host/stop_request.h"
#include "kernels/arrivals.cuh"
#include "kernels/fleet.cuh"
#include "kernels/outputs.cuh"
#include "kernels/sequences.cuh"

namespace edgesweep {

/// A row-major matrix somewhere in memory: element (row, column) at data[row * stride + column].
struct MatrixView {
  float* data;
  ptrdiff_t stride;
};
struct ConstMatrixView {
  const float* data;
  ptrdiff_t stride;
  ConstMatrixView(const float* d, ptrdiff_t s) : data(d), stride(s) {}
  ConstMatrixView(MatrixView m)
      : data(m.data), stride(m.stride) {}  // NOLINT(google-explicit-constructor)
};

/// The inputs of a layer: element (row, input) at data[row * row_stride + input * input_stride].
/// Windows lie position by position, activations row by row.
struct InputView {
  const float* data;
  ptrdiff_t row_stride;
  ptrdiff_t input_stride;
  InputView(const float* d, ptrdiff_t row, ptrdiff_t input)
      : data(d), row_stride(row), input_stride(input) {}
  InputView(ConstMatrixView m)  // NOLINT(google-explicit-constructor)
      : data(m.data), row_stride(m.stride), input_stride(1) {}
  InputView(MatrixView m)  // NOLINT(google-explicit-constructor)
      : data(m.data), row_stride(m.stride), input_stride(1) {}
};

/// Adam's two moments and the value of one matrix or bias row; all three share stride and layout.
struct AdamView {
  float* value;
  float* mean;
  float* square;
  ptrdiff_t stride;
};

/// Next states to turn into values after the action, docs/model.md#q-iteration, steps 2 and 3.
struct NextStates {
  TokenBucket bucket;
  Outputs output_kind;
  float discount;
  const float* outputs;  ///< rows x output_stride, aligned; kPadding floats before and behind may
                         ///< be read
  ptrdiff_t output_stride;
  const float* reward;           ///< by row
  const int32_t* gap;            ///< by row; null: the expectation over the transition matrix
  const float* gap_probability;  ///< [i - 1], i = 1..gaps
  int gaps;
  const float* remaining_at;  ///< [a]: probability of all gaps that end at M from a; padded_values
  float* afterstate_values;   ///< rows x afterstate_stride, aligned
  ptrdiff_t afterstate_stride;
  bool center;  ///< take the mean of a row's targets out of its values
  double* sum;  ///< by row: of all targets; 0 when centered
};

/// Targets of outputs first_column and up of some rows, docs/model.md#q-iteration, step 4: what an
/// action is worth minus the mean.
struct TargetPanel {
  TokenBucket bucket;
  Outputs output_kind;
  const float* afterstate_values;
  ptrdiff_t afterstate_stride;
  const float* reward;
  float mean;
  int first_column;
};

/// Policies that one scan takes at most.
constexpr int kMostScanned = 8;

/// Sequences first.stream .. first.stream + lanes - 1 from their first image on, under policies
/// that offload by rank and units. Nothing is kept per image.
struct ThresholdScan {
  MetricLaw metric_law;
  ArrivalLaw arrivals;
  StreamKey first;
  TokenBucket bucket;
  int64_t images;
  const double* reward_and_cost;          ///< [2 rank]: reward, [2 rank + 1]: weak cost
  int policies;                           ///< <= kMostScanned
  const int32_t* const* last_local_rank;  ///< [policy][units]: higher ranks are offloaded
  bool sums;                              ///< strong_reward and weak_cost are wanted
  double* reward;                         ///< [policy * lanes + lane]
  int64_t* offloads;                      ///< [policy * lanes + lane]
  double* strong_reward;                  ///< [lane]: of all images
  double* weak_cost;                      ///< [lane]
};

/// A policy of a fleet's cameras: ranks above last_local_rank[units] are offloaded.
struct FleetPolicy {
  TokenBucket bucket;
  const int32_t* last_local_rank;
};

/// Sequences first.stream .. first.stream + lanes - 1 of fleets, from their first step on: every
/// policy behind every switch, all on one drawing of the images. Nothing is kept per image.
struct FleetScan {
  MetricLaw metric_law;
  StreamKey first;                ///< of camera 0
  int32_t cameras;                ///< images drawn in a step; switches have at most so many
  int64_t steps;                  ///< cameras * steps < 2^31
  bool pooled;                    ///< the switch decides, by the policy's bucket
  const double* reward_and_cost;  ///< [2 rank]: reward
  /// [rank]: the same reward where rewards are whole and no sum of a sequence leaves 32 bits: exact
  /// and quicker; else null.
  const int32_t* whole_reward;
  int policies;
  const FleetPolicy* policy;
  int switches;
  const FleetSwitch* at_switch;
  const uint8_t* wanted;  ///< [policy * switches + switch]: 0 is left out; null: none is
  bool counts;            ///< passed and offloads are wanted
  void* room;             ///< fleet_scan_room bytes on a cache line
  double* reward;         ///< [(policy * switches + switch) * lanes + lane]
  int64_t* passed;        ///< the same
  int64_t* offloads;      ///< the same
  /// Asked now and then: true ends the scan, and nothing that it found is to be used. Null: never.
  const StopRequest* stop_requested;
};

/// Steps between two questions whether to stop: at most a few hundredths of a second.
constexpr int64_t kFleetStopSteps = 512;

/// Steps that are drawn before the policies take their turns: what they need of a tile stays in the
/// first-level cache for fleets of up to eight.
constexpr int kFleetTileSteps = 16;

/// Bytes that a scan works in.
constexpr size_t fleet_scan_room(int32_t cameras, int policies, int switches) {
  const auto d = static_cast<size_t>(cameras);
  const auto w = static_cast<size_t>(switches);
  constexpr size_t kVector = sizeof(int32_t) * kPadding;
  constexpr size_t kSum = sizeof(double) * kPadding;
  return kFleetTileSteps * d * (2 * kVector + kSum) + d * kVector +
         static_cast<size_t>(policies) * (2 * d * kVector + w * (2 * kVector + kSum));
}

/// Neighbouring images of one sequence under the policy that knows them all, last image first
/// (kernels/clairvoyant.cuh). Rows of slopes have slope_room elements
/// (host/engine/plan/clairvoyant_plan), zeros from M on.
struct ClairvoyantScan {
  TokenBucket bucket;
  const int32_t* value;   ///< by rank
  const uint32_t* index;  ///< [image]: rank
  const int32_t* gap;     ///< [image]
  int64_t images;
  int32_t* slope;  ///< S after the last image, then before the first one
  int32_t* spare;  ///< another row; the two change places
  uint32_t*
      worth;  ///< decisions, a row for each image of a value above 0, last image first; or null
};

/// The inner loops of the CPU engine, compiled for several instruction sets. All are bit-equal to
/// the scalar reference (tests/reference): one chain of fused multiply-adds per output
/// element. "columns" are multiples of kPadding; matrices written or read by vectors are 64-byte
/// aligned with strides that are multiples of kPadding, x may have any address and stride.
struct SimdKernels {
  const char* instruction_set;  ///< avx512, avx2, neon or baseline

  /// y = x W + bias over `inputs` (ascending), then LeakyReLU if asked. W: inputs x columns.
  void (*forward)(InputView x, int rows, int inputs, ConstMatrixView weights, const float* bias,
                  int columns, bool leaky, MatrixView y);

  /// The last layer of a training step: prediction = x W + bias, error = prediction - target; dy =
  /// error * scale (the gradient of the loss), column_loss[c] goes on as the chain over rows of
  /// error^2. Outputs past the last have target 0, and so error 0 if their weights are 0.
  void (*output_gradient)(InputView x, int rows, int inputs, ConstMatrixView weights,
                          const float* bias, int columns, float scale, const TargetPanel& targets,
                          MatrixView dy, float* column_loss);

  /// dx = dy W^T over `outputs` (ascending), continuing from dx if `accumulate`; times the
  /// derivative of LeakyReLU read off the stored output if `stored` is not null (same stride as
  /// dx). transposed: outputs x columns.
  void (*input_gradient)(ConstMatrixView dy, int rows, int outputs, ConstMatrixView transposed,
                         int columns, bool accumulate, const float* stored, MatrixView dx);

  /// Adam on W (inputs x columns) with dW = x^T dy and on the bias with the column sums of dy, rows
  /// ascending.
  void (*weight_step)(InputView x, int rows, int inputs, ConstMatrixView dy, int columns,
                      AdamView weights, AdamView bias, float step);

  /// transposed[column][row] = matrix[row][column]; rows are padded with zeros to `rows_padded`.
  void (*transpose)(ConstMatrixView matrix, int rows, int columns, int rows_padded,
                    MatrixView transposed);

  /// Values after the action of every row and the sums of their targets; best: room for M + 1 +
  /// 2 kPadding floats.
  void (*next_state_values)(const NextStates& next, int rows, float* best);

  /// forward with LeakyReLU of rows that lie anywhere: row r at x[r], inputs side by side.
  void (*forward_rows)(const float* const* x, int rows, int inputs, ConstMatrixView weights,
                       const float* bias, int columns, MatrixView y);

  /// kernels/network.cuh `decision` without the bias, dot[r] of x[r] and y[r]: aligned, padded with
  /// zeros to a multiple of kPadding, which `count` is.
  void (*chain_dots)(const float* const* x, const float* const* y, int rows, int count, float* dot);

  /// Threshold policies and whole-sequence sums on sequences drawn side by side.
  void (*scan_thresholds)(const ThresholdScan& scan);

  /// Fleets on sequences drawn side by side.
  void (*scan_fleets)(const FleetScan& scan);

  /// Slopes before the first image, and decisions if wanted. Returns how many rows of decisions.
  int64_t (*scan_clairvoyant)(ClairvoyantScan& scan);

  int lanes;  ///< streams that scan_thresholds, scan_fleets and the next two draw side by side, <=
              ///< kPadding

  /// Windows first.stream .. first.stream + lanes - 1 (kernels/windows.cuh): normalised metrics of
  /// `positions` images, newest first, to out[position * stride + lane] (aligned); the rank at
  /// `rank_position` to rank[lane]. metric: by rank.
  void (*draw_windows)(const MetricLaw& law, const StreamKey& first, const float* metric,
                       int positions, float* out, ptrdiff_t stride, int rank_position,
                       uint32_t* rank);

  /// random_word of the same streams and positions 0 .. positions - 1, to out[position * lanes +
  /// lane].
  void (*words_of_streams)(const StreamKey& first, Channel channel, int positions, uint32_t* out);

  /// random_word of one stream at positions 4 first_block .. 4 (first_block + blocks) - 1.
  void (*stream_words)(const StreamKey& key, Channel channel, uint32_t first_block, int blocks,
                       uint32_t* out);
};

/// The kernels of the best instruction set that this processor has, or of the forced one.
const SimdKernels& simd_kernels();

/// Names of what this processor can run, best first: "avx512", "avx2", "baseline", "neon".
std::vector<std::string> instruction_sets();

/// Uses only the named one from now on ("" = the best). Throws InputError for a name this processor
/// does not have. Not while a run is under way.
void force_instruction_set(const std::string& name);

}  // namespace edgesweep
