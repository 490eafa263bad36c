// Cameras that decide by a network: kernels/learned_fleet.h.
#include "kernels/camera_images.cuh"
#include "kernels/dense_layers.cuh"
#include "kernels/launch.cuh"
#include "kernels/learned_fleet.h"
#include "kernels/network.cuh"

namespace edgesweep {
namespace {

// ---------------------------------------------------------------------------------------- kernels

constexpr int kGainThreads = 128;
constexpr int kRowsPerThread = 4;  ///< of a hidden layer, a float4 of each input
constexpr unsigned kWholeWarp = 0xffffffffu;

/// What the threads of a block tell each other, in shared memory.
struct StepMemory {
  float metric[kStepsTogether][kFleetRows];
  double reward[kStepsTogether][kFleetRows];
  int32_t units[kFleetRows];  ///< of the switch when the row's slot began
  uint8_t wants_offload[kFleetRows];
  uint8_t passed[kFleetRows];
};

/// The fleets of a block. Inputs of the network: input x row, rows of them `stride` apart.
struct Fleets {
  const LearnedFleetTask* task;
  FleetBlock block;
  int32_t cameras;
  int32_t rows;
  const float* weights;  ///< of the network
  float* inputs;
  int stride;

  EDGESWEEP_DEVICE float& input(int number, int row) const { return inputs[number * stride + row]; }
  /// Number of a row of the block within the task, and of rows in all.
  EDGESWEEP_DEVICE int64_t row_of_task(int row) const {
    return static_cast<int64_t>(block.first) * cameras + row;
  }
  EDGESWEEP_DEVICE int64_t rows_of_task() const {
    return static_cast<int64_t>(task->fleets) * cameras;
  }
};

/// A camera: thread `row` has that of the row.
struct Camera {
  int32_t own_units;
  uint32_t location;
};

/// A switch: thread `fleet` has that of the fleet.
struct Switch {
  int32_t units;
  double reward;
  int64_t passed;
  int64_t offloads;
};

/// Nothing is remembered; also of the rows beside the last one that a thread works on.
EDGESWEEP_DEVICE void clear_inputs(const Fleets& fleets, int row) {
  if (row < (fleets.rows + kRowsPerThread - 1) / kRowsPerThread * kRowsPerThread)
    for (int input = 0; input < kFleetInputs; ++input) fleets.input(input, row) = 0.0f;
}

EDGESWEEP_DEVICE void load_camera(const Fleets& fleets, int row, Camera& camera) {
  const FleetStates& states = fleets.task->states;
  const int64_t at = fleets.row_of_task(row);
  camera = {states.own_units[at], states.location[at]};
  for (int i = 0; i < 2 * kMemorySpans; ++i)
    fleets.input(kFirstCountInput + i, row) = states.count[i * fleets.rows_of_task() + at];
}

EDGESWEEP_DEVICE void store_camera(const Fleets& fleets, int row, const Camera& camera) {
  const FleetStates& states = fleets.task->states;
  const int64_t at = fleets.row_of_task(row);
  states.own_units[at] = camera.own_units;
  states.location[at] = camera.location;
  for (int i = 0; i < 2 * kMemorySpans; ++i)
    states.count[i * fleets.rows_of_task() + at] = fleets.input(kFirstCountInput + i, row);
}

EDGESWEEP_DEVICE void load_switch(const Fleets& fleets, int fleet, Switch& at_switch) {
  const FleetStates& states = fleets.task->states;
  const int64_t at = fleets.block.first + fleet;
  at_switch = {states.units[at], states.reward[at], states.passed[at], states.offloads[at]};
}

EDGESWEEP_DEVICE void store_switch(const Fleets& fleets, int fleet, const Switch& at_switch) {
  const FleetStates& states = fleets.task->states;
  const int64_t at = fleets.block.first + fleet;
  states.units[at] = at_switch.units;
  states.reward[at] = at_switch.reward;
  states.passed[at] = at_switch.passed;
  states.offloads[at] = at_switch.offloads;
}

/// Images of the steps from `first` on.
EDGESWEEP_DEVICE void draw_images(const Fleets& fleets, int row, int64_t first, int steps,
                                  Camera& camera, StepMemory& memory) {
  const LearnedFleetTask& task = *fleets.task;
  const int64_t sequence = task.first_sequence + fleets.block.first + row / fleets.cameras;
  const int32_t number = row % fleets.cameras;
  draw_camera_images(task.source, static_cast<uint32_t>(sequence), number,
                     sequence * fleets.cameras + number, first, steps, camera.location,
                     [&](int i, uint32_t rank) {
                       memory.metric[i][row] = task.source.metric[rank];
                       memory.reward[i][row] = task.source.reward[rank];
                     });
}

/// What the camera sees of its image.
EDGESWEEP_DEVICE void show_image(const Fleets& fleets, int row, const Camera& camera,
                                 float metric) {
  fleets.input(0, row) = metric;
  fleets.input(kMarginInput, row) = metric - fleets.task->threshold[camera.own_units];
}

/// Parameters of the network: copied to where other kernels stage panels, if they fit there. To be
/// read after a barrier.
EDGESWEEP_DEVICE const float* place_weights(const LearnedFleetTask& task, float* staging) {
  const DeviceNetwork& network = task.network;
  int64_t parameters = 0;
  for (int32_t l = 0; l < network.layers; ++l)
    parameters += (static_cast<int64_t>(network.sizes[l]) + 1) * network.sizes[l + 1];
  if (parameters > kStagingFloats) return task.weights;
  for (int64_t i = threadIdx.x; i < parameters; i += kBlockThreads) staging[i] = task.weights[i];
  return staging;
}

/// y = leaky_relu(x W + bias) as forward_hidden of kernels/dense_layers.cuh, whose tiles of 128
/// rows would mostly be empty here. x: inputs x rows, y: outputs x rows; both hold as many rows as
/// whole threads have.
EDGESWEEP_DEVICE void hidden_layer(const float* weights, const LayerView& layer, int rows,
                                   const float* x, float* y, int stride) {
  const int threads = (rows + kRowsPerThread - 1) / kRowsPerThread * layer.outputs;
  for (int i = static_cast<int>(threadIdx.x); i < threads; i += kBlockThreads) {
    const int32_t unit = i % layer.outputs;
    const int row = i / layer.outputs * kRowsPerThread;
    const float* weight = weights + layer.offset + unit;
    const float bias = weights[layer.biases() + unit];
    float sum[kRowsPerThread] = {bias, bias, bias, bias};
#if defined(__CUDACC__)
#pragma unroll 8
#endif
    for (int32_t k = 0; k < layer.inputs; ++k) {
      const float4 input =
          *reinterpret_cast<const float4*>(x + static_cast<int64_t>(k) * stride + row);
      const float factor = weight[static_cast<int64_t>(k) * layer.outputs];
      sum[0] = fused_multiply_add(input.x, factor, sum[0]);
      sum[1] = fused_multiply_add(input.y, factor, sum[1]);
      sum[2] = fused_multiply_add(input.z, factor, sum[2]);
      sum[3] = fused_multiply_add(input.w, factor, sum[3]);
    }
    const float4 outputs = {leaky_relu(sum[0]), leaky_relu(sum[1]), leaky_relu(sum[2]),
                            leaky_relu(sum[3])};
    *reinterpret_cast<float4*>(y + static_cast<int64_t>(unit) * stride + row) = outputs;
  }
}

/// Last hidden layer of all rows; returns its buffer, width x rows. Begins with a barrier and ends
/// without one.
EDGESWEEP_DEVICE const float* hidden_layers(const Fleets& fleets, float* even, float* odd) {
  const DeviceNetwork& network = fleets.task->network;
  int64_t offset = 0;
  const float* x = fleets.inputs;
  for (int32_t l = 0; l + 1 < network.layers; ++l) {
    const LayerView layer{network.sizes[l], network.sizes[l + 1], offset};
    float* const y = l % 2 == 0 ? even : odd;
    __syncthreads();
    hidden_layer(fleets.weights, layer, fleets.rows, x, y, fleets.stride);
    x = y;
    offset = layer.end();
  }
  return x;
}

/// kernels/network.cuh `decision` for every row: kDecisionChains lanes a row, a chain each.
EDGESWEEP_DEVICE void decide(const Fleets& fleets, const float* hidden, StepMemory& memory) {
  const DeviceNetwork& network = fleets.task->network;
  const int32_t width = network.sizes[network.layers - 1];
  int64_t offset = 0;
  for (int32_t l = 0; l + 1 < network.layers; ++l)
    offset += (static_cast<int64_t>(network.sizes[l]) + 1) * network.sizes[l + 1];
  const float* weights = fleets.weights + offset;
  const float* bias = weights + static_cast<int64_t>(width) * kFleetOutputs;
  const int lane = static_cast<int>(threadIdx.x) % kDecisionChains;
  for (int first = 0; first < fleets.rows; first += kBlockThreads / kDecisionChains) {
    const int row = first + static_cast<int>(threadIdx.x) / kDecisionChains;
    float chain = 0.0f;
    if (row < fleets.rows)
      for (int32_t k = lane; k < width; k += kDecisionChains)
        chain = fused_multiply_add(
            hidden[static_cast<int64_t>(k) * fleets.stride + row],
            weights[k * kFleetOutputs + kOffloadOutput] - weights[k * kFleetOutputs + kKeepOutput],
            chain);
    EDGESWEEP_UNROLL
    for (int half = kDecisionChains / 2; half > 0; half /= 2)
      chain =
          chain + __shfl_down_sync(kWholeWarp, chain, static_cast<unsigned>(half), kDecisionChains);
    if (lane == 0 && row < fleets.rows)
      memory.wants_offload[row] =
          (bias[kOffloadOutput] - bias[kKeepOutput]) + chain >= 0.0f ? 1 : 0;
  }
}

/// A switch takes the slots of its cameras.
EDGESWEEP_DEVICE void pass(const Fleets& fleets, int fleet, const double* reward,
                           StepMemory& memory, Switch& at_switch) {
  const TokenBucket bucket = fleets.task->at_switch.bucket;
  for (int row = fleet * fleets.cameras; row < (fleet + 1) * fleets.cameras; ++row) {
    memory.units[row] = at_switch.units;
    const bool offload = memory.wants_offload[row] != 0;
    const bool passes = step_switch(bucket, offload, at_switch.units);
    memory.passed[row] = passes ? 1 : 0;
    if (offload) ++at_switch.offloads;
    if (!passes) continue;
    ++at_switch.passed;
    at_switch.reward += reward[row];
  }
}

/// The camera remembers what became of its offload.
EDGESWEEP_DEVICE void remember(const Fleets& fleets, int row, bool offload, bool passed,
                               Camera& camera) {
  camera.own_units = next_own_units(fleets.task->own, camera.own_units, offload);
  EDGESWEEP_UNROLL
  for (int span = 0; span < kMemorySpans; ++span) {
    float& of_passed = fleets.input(kFirstCountInput + 2 * span, row);
    float& of_lost = fleets.input(kFirstCountInput + 2 * span + 1, row);
    of_passed = next_count(of_passed, span, passed);
    of_lost = next_count(of_lost, span, offload && !passed);
  }
}

/// The inputs of a row are those of a training sample. step: from the first that is trained on.
EDGESWEEP_DEVICE void record_inputs(const Fleets& fleets, int row, int64_t step) {
  const LearnedFleetTask& task = *fleets.task;
  const TrainTask& training = *task.training;
  const int64_t fleet = fleets.block.first + row / fleets.cameras;
  const int64_t image =
      fleet * task.trained_images() + step * fleets.cameras + row % fleets.cameras;
  const int64_t sample = training_row(image, task.fleets * task.trained_images());
  if (sample >= static_cast<int64_t>(training.batch) * training.mini_batches) return;
  float* column = training.window_matrix(static_cast<int32_t>(sample / training.batch)) +
                  sample % training.batch;
  for (int input = 0; input < kFleetInputs; ++input)
    column[static_cast<int64_t>(1 + input) * training.stride] = fleets.input(input, row);
}

EDGESWEEP_DEVICE void record_slot(const Fleets& fleets, int row, int64_t step, double reward,
                                  const StepMemory& memory) {
  const LearnedFleetTask& task = *fleets.task;
  const int64_t fleet = fleets.block.first + row / fleets.cameras;
  const int64_t at = fleet * task.recorded_slots() + step * fleets.cameras + row % fleets.cameras;
  task.slots.wants_offload[at] = memory.wants_offload[row];
  task.slots.reward[at] = static_cast<float>(reward);
  task.slots.units[at] = memory.units[row];
}

__global__ void __launch_bounds__(kBlockThreads, 1)
    learned_fleet_kernel(const LearnedFleetTask* tasks, const FleetBlock* blocks, StepRange range,
                         BufferLayout layout, float* scratch) {
  EDGESWEEP_DYNAMIC_SHARED(float, staging);
  EDGESWEEP_SHARED(StepMemory, shared_memory, 1);
  StepMemory& memory = shared_memory[0];
  float* const shared = staging + kStagingFloats;
  float* const own = scratch + blockIdx.x * layout.scratch_floats();
  const FleetBlock block = blocks[blockIdx.x];
  const LearnedFleetTask& task = tasks[block.task];
  const int32_t cameras = task.at_switch.cameras;
  const Fleets fleets{&task,
                      block,
                      cameras,
                      block.count * cameras,
                      place_weights(task, staging),
                      layout.output(shared, own),
                      layout.stride};
  const int thread = static_cast<int>(threadIdx.x);
  const bool has_row = thread < fleets.rows;
  const bool has_switch = thread < block.count;
  Camera camera{task.own.capacity, 0};
  Switch at_switch{task.at_switch.bucket.capacity, 0, 0, 0};
  clear_inputs(fleets, thread);
  if (has_row && range.first > 0) load_camera(fleets, thread, camera);
  if (has_switch && range.first > 0) load_switch(fleets, thread, at_switch);
  const int64_t end = range.end < task.steps ? range.end : task.steps;
  for (int64_t step = range.first; step < end; ++step) {
    const int drawn = static_cast<int>(step % kStepsTogether);
    if (has_row && drawn == 0) {
      const int64_t left = end - step;
      draw_images(fleets, thread, step,
                  left < kStepsTogether ? static_cast<int>(left) : kStepsTogether, camera, memory);
    }
    const int64_t recorded = step - task.warm_up;
    const bool records = task.training != nullptr && recorded >= 0;
    if (has_row) {
      show_image(fleets, thread, camera, memory.metric[drawn][thread]);
      if (records && recorded < task.trained) record_inputs(fleets, thread, recorded);
    }
    const float* hidden =
        hidden_layers(fleets, layout.hidden(shared, own, 0), layout.hidden(shared, own, 1));
    __syncthreads();
    decide(fleets, hidden, memory);
    __syncthreads();
    if (has_switch) pass(fleets, thread, memory.reward[drawn], memory, at_switch);
    __syncthreads();
    if (has_row) {
      remember(fleets, thread, memory.wants_offload[thread] != 0, memory.passed[thread] != 0,
               camera);
      if (records) record_slot(fleets, thread, recorded, memory.reward[drawn][thread], memory);
      if (task.occupancy != nullptr) atomicAdd(task.occupancy + memory.units[thread], 1ull);
    }
  }
  if (has_row) store_camera(fleets, thread, camera);
  if (has_switch) store_switch(fleets, thread, at_switch);
}

/// One thread per image that is trained on; the task is blockIdx.y.
__global__ void __launch_bounds__(kGainThreads) offload_gain_kernel(const LearnedFleetTask* tasks) {
  const LearnedFleetTask& task = tasks[blockIdx.y];
  const TrainTask& training = *task.training;
  const int64_t images = task.fleets * task.trained_images();
  const int64_t image = static_cast<int64_t>(blockIdx.x) * kGainThreads + threadIdx.x;
  if (image >= images) return;
  const int64_t sample = training_row(image, images);
  if (sample >= static_cast<int64_t>(training.batch) * training.mini_batches) return;
  const int64_t fleet = image / task.trained_images();
  const int64_t at = fleet * task.recorded_slots() + image % task.trained_images();
  const int64_t considered =
      (task.steps - task.warm_up - task.trained) * task.at_switch.cameras + 1;
  const float gain = static_cast<float>(offload_gain(task.at_switch, task.slots.wants_offload + at,
                                                     task.slots.reward + at, considered,
                                                     task.slots.units[at], task.discount));
  const int32_t mini_batch = static_cast<int32_t>(sample / training.batch);
  const int64_t column = sample % training.batch;
  training.reward[static_cast<int64_t>(mini_batch) * training.stride + column] = gain;
  // Targets of both actions are half the gain from their mean: nothing is to be taken out of them.
  for (int32_t a = 0; a <= training.bucket.capacity; ++a)
    training.afterstate_values(mini_batch)[static_cast<int64_t>(a) * training.stride + column] =
        -0.5f * gain;
  training.row_sum[sample] = 0;
}

}  // namespace

// -------------------------------------------------------------------------------------- launchers

cudaError_t launch_learned_fleets(const LearnedFleetTask* tasks, const FleetBlock* blocks,
                                  int count, StepRange range, const BufferLayout& layout,
                                  float* scratch, cudaStream_t stream) {
  return launch(learned_fleet_kernel, static_cast<unsigned>(count), kBlockThreads,
                static_cast<size_t>(layout.shared_bytes()), stream, tasks, blocks, range, layout,
                scratch);
}

cudaError_t launch_offload_gains(const LearnedFleetTask* tasks, int count, int64_t most_images,
                                 cudaStream_t stream) {
  const dim3 blocks(static_cast<unsigned>((most_images + kGainThreads - 1) / kGainThreads),
                    static_cast<unsigned>(count));
  return launch(offload_gain_kernel, blocks, kGainThreads, 0, stream, tasks);
}

cudaError_t allow_learned_fleet_shared(size_t bytes) {
  return cudaFuncSetAttribute(learned_fleet_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                              static_cast<int>(bytes));
}

}  // namespace edgesweep
