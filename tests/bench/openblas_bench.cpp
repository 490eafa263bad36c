// The training step on OpenBLAS: what a careful program on the usual library takes. One product a
// layer and direction; bias, LeakyReLU, error and Adam in plain loops that the compiler turns into
// vectors.
#include <benchmark/benchmark.h>
#include <cblas.h>

#include "host/engine/network/aligned.h"
#include "kernels/network.cuh"
#include "kernels/random.cuh"
#include "tests/bench/bench_problems.h"

namespace edgesweep {
namespace {

using Floats = AlignedVector<float>;

Floats random_values(size_t count, uint32_t stream) {
  Floats values;
  for (size_t i = 0; i < count; ++i)
    values.push_back(0.1f *
                     uniform_symmetric(random_word({1, stream, 0, Purpose::test}, Channel::offset,
                                                   static_cast<uint32_t>(i))));
  return values;
}

class BlasNetwork {
 public:
  BlasNetwork(const NetworkShape& shape, int batch) : shape_(shape), batch_(batch) {
    for (int l = 0; l < shape.layers(); ++l) {
      const auto count = static_cast<size_t>(shape.sizes[l]) * shape.sizes[l + 1];
      weight_.push_back(random_values(count, static_cast<uint32_t>(l)));
      bias_.emplace_back(static_cast<size_t>(shape.sizes[l + 1]));
      for (auto* moments : {&mean_, &square_})
        moments->emplace_back(count + static_cast<size_t>(shape.sizes[l + 1]));
      gradient_.emplace_back(count + static_cast<size_t>(shape.sizes[l + 1]));
    }
    for (const int32_t size : shape.sizes) {
      x_.push_back(random_values(static_cast<size_t>(batch) * size, 50));
      dx_.emplace_back(static_cast<size_t>(batch) * size);
    }
    target_ = random_values(static_cast<size_t>(batch) * shape.outputs(), 60);
  }

  void step() {
    for (int l = 0; l < shape_.layers(); ++l) forward(l);
    const float scale = 2.0f / static_cast<float>(target_.size());
    for (size_t i = 0; i < target_.size(); ++i) dx_.back()[i] = (x_.back()[i] - target_[i]) * scale;
    for (int l = shape_.layers() - 1; l >= 0; --l) backward(l);
    for (int l = 0; l < shape_.layers(); ++l) adam(l);
  }

 private:
  void forward(int l) {
    const int in = shape_.sizes[l];
    const int out = shape_.sizes[l + 1];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch_, out, in, 1, x_[l].data(), in,
                weight_[l].data(), out, 0, x_[l + 1].data(), out);
    float* y = x_[l + 1].data();
    for (int row = 0; row < batch_; ++row, y += out)
      for (int o = 0; o < out; ++o) {
        const float value = y[o] + bias_[l][static_cast<size_t>(o)];
        y[o] = l + 1 < shape_.layers() ? leaky_relu(value) : value;
      }
  }

  void backward(int l) {
    const int in = shape_.sizes[l];
    const int out = shape_.sizes[l + 1];
    const float* dy = dx_[l + 1].data();
    float* dw = gradient_[l].data();
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, out, batch_, 1, x_[l].data(), in, dy,
                out, 0, dw, out);
    float* db = dw + static_cast<ptrdiff_t>(in) * out;
    std::fill(db, db + out, 0.0f);
    for (int row = 0; row < batch_; ++row)
      for (int o = 0; o < out; ++o) db[o] += dy[row * out + o];
    if (l == 0) return;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch_, in, out, 1, dy, out,
                weight_[l].data(), out, 0, dx_[l].data(), in);
    for (size_t i = 0; i < dx_[l].size(); ++i) dx_[l][i] *= leaky_relu_gradient(x_[l][i]);
  }

  void adam(int l) {
    const size_t weights = weight_[l].size();
    for (size_t i = 0; i < gradient_[l].size(); ++i) {
      float& value = i < weights ? weight_[l][i] : bias_[l][i - weights];
      adam_update(gradient_[l][i], 1e-9f, value, mean_[l][i], square_[l][i]);
    }
  }

  NetworkShape shape_;
  int batch_;
  std::vector<Floats> weight_, bias_, mean_, square_, gradient_, x_, dx_;
  Floats target_;
};

void OpenBlasStep(benchmark::State& state) {
  openblas_set_num_threads(1);
  const RunProblem problem =
      bench::prepared(bench::settings_with_outputs(static_cast<int>(state.range(0))));
  const int batch = problem.training->dqn.batch;
  BlasNetwork network(problem.training->shape, batch);
  for (auto _ : state) network.step();
  state.counters["FLOP"] = benchmark::Counter(problem.training->shape.training_work() * batch,
                                              benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(OpenBlasStep)
    ->ArgName("outputs")
    ->Arg(13)
    ->Arg(91)
    ->Arg(781)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace edgesweep
