// The matrix kernels one by one at the paper's sizes, to see which of them is short of the peak.
#include <benchmark/benchmark.h>

#include "host/engine/cpu/simd.h"
#include "host/engine/network/aligned.h"
#include "host/engine/network/padding.h"
#include "kernels/random.cuh"
#include "tests/bench/bench_problems.h"

namespace edgesweep {
namespace {

constexpr int kBatch = 128;

/// Random values in [-1, 1): zeros would flatter some processors.
AlignedVector<float> values(size_t count, uint32_t stream) {
  AlignedVector<float> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(uniform_symmetric(
        random_word({1, stream, 0, Purpose::test}, Channel::offset, static_cast<uint32_t>(i))));
  return result;
}

struct Layer {
  explicit Layer(const benchmark::State& state)
      : inputs(static_cast<int>(state.range(0))),
        columns(static_cast<int>(state.range(1))),
        x_stride(padded_stride(inputs)),
        y_stride(padded_stride(columns)) {}
  double work() const { return 2.0 * kBatch * inputs * columns; }
  int inputs, columns, x_stride, y_stride;
  AlignedVector<float> x = values(static_cast<size_t>(kBatch * x_stride), 1);
  AlignedVector<float> y = values(static_cast<size_t>(kBatch * y_stride), 2);
  AlignedVector<float> w = values(static_cast<size_t>(inputs * columns), 3);
  AlignedVector<float> mean = values(static_cast<size_t>(inputs * columns), 4);
  AlignedVector<float> square = AlignedVector<float>(static_cast<size_t>(inputs * columns), 1.0f);
  AlignedVector<float> bias = values(static_cast<size_t>(3 * columns), 5);
  AlignedVector<float> loss = values(static_cast<size_t>(columns), 6);
};

void KernelForward(benchmark::State& state) {
  Layer layer(state);
  for (auto _ : state)
    simd_kernels().forward(ConstMatrixView{layer.x.data(), layer.x_stride}, kBatch, layer.inputs,
                           {layer.w.data(), layer.columns}, layer.bias.data(), layer.columns, true,
                           {layer.y.data(), layer.y_stride});
  bench::count_work(state, layer.work());
}
BENCHMARK(KernelForward)->Args({96, 64})->Args({64, 64})->Args({64, 96})->Args({64, 16});

void KernelInputGradient(benchmark::State& state) {
  Layer layer(state);
  for (auto _ : state)
    simd_kernels().input_gradient({layer.x.data(), layer.x_stride}, kBatch, layer.inputs,
                                  {layer.w.data(), layer.columns}, layer.columns, false,
                                  layer.y.data(), {layer.y.data(), layer.y_stride});
  bench::count_work(state, layer.work());
}
BENCHMARK(KernelInputGradient)->Args({64, 64})->Args({91, 64});

void KernelWeightStep(benchmark::State& state) {
  Layer layer(state);
  for (auto _ : state)
    simd_kernels().weight_step(
        ConstMatrixView{layer.x.data(), layer.x_stride}, kBatch, layer.inputs,
        {layer.y.data(), layer.y_stride}, layer.columns,
        {layer.w.data(), layer.mean.data(), layer.square.data(), layer.columns},
        {layer.bias.data(), layer.bias.data() + layer.columns,
         layer.bias.data() + 2 * layer.columns, 0},
        1e-9f);
  bench::count_work(state, layer.work());
}
BENCHMARK(KernelWeightStep)->Args({96, 64})->Args({64, 64})->Args({64, 32})->Args({64, 16});

void KernelOutputGradient(benchmark::State& state) {
  Layer layer(state);
  // About half of the outputs for either action, as at a bucket of M = 45.
  const int capacity = (layer.columns + 10) / 2;
  const int stride = padded(capacity + 1);
  const AlignedVector<float> after = values(static_cast<size_t>(kBatch * stride + 2 * kPadding), 7);
  const AlignedVector<float> reward = values(kBatch, 8);
  const TargetPanel targets{{1, 10, capacity},
                            Outputs::action_values,
                            after.data() + kPadding,
                            stride,
                            reward.data(),
                            0.1f,
                            0};
  for (auto _ : state)
    simd_kernels().output_gradient(ConstMatrixView{layer.x.data(), layer.x_stride}, kBatch,
                                   layer.inputs, {layer.w.data(), layer.columns}, layer.bias.data(),
                                   layer.columns, 0.01f, targets, {layer.y.data(), layer.y_stride},
                                   layer.loss.data());
  bench::count_work(state, layer.work());
}
BENCHMARK(KernelOutputGradient)->Args({64, 64})->Args({64, 32})->Args({64, 16});

void KernelTranspose(benchmark::State& state) {
  Layer layer(state);
  for (auto _ : state)
    simd_kernels().transpose({layer.w.data(), layer.columns}, layer.inputs, layer.columns,
                             layer.inputs, {layer.mean.data(), layer.inputs});
}
BENCHMARK(KernelTranspose)->Args({64, 64})->Args({64, 32});

}  // namespace
}  // namespace edgesweep
