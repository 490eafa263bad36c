// Preparation of a dataset: items are images.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "host/data/calibration.h"
#include "host/data/metric_fit.h"
#include "tests/reference/reference_metric_fit.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

struct FitInput {
  explicit FitInput(int64_t images) {
    std::mt19937_64 generator(1);
    std::uniform_real_distribution<double> uniform(0, 1);
    for (int64_t i = 0; i < images; ++i) {
      entropy.push_back(6.9 * std::pow(uniform(generator), 3));
      reward.push_back(uniform(generator) < 0.1 * entropy.back() ? 1 : 0);
    }
  }
  std::vector<double> entropy, reward;
};

void MetricFitByImages(benchmark::State& state) {
  const FitInput input(state.range(0));
  testing::with_threads(static_cast<int>(state.range(1)), [&] {
    for (auto _ : state) benchmark::DoNotOptimize(fit_metric(input.entropy, input.reward));
  });
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(MetricFitByImages)
    ->ArgNames({"images", "threads"})
    ->Args({10'000, 1})
    ->Args({100'000, 1})
    ->Args({1'000'000, 1})
    ->Args({1'000'000, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Every point with every image for every bandwidth.
void PlainMetricFit(benchmark::State& state) {
  const FitInput input(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(fit_metric_plain(input.entropy, input.reward));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(PlainMetricFit)
    ->ArgName("images")
    ->Arg(10'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

/// Seven passes over logits of 1000 classes, in memory.
void CalibrationByThreads(benchmark::State& state) {
  constexpr int64_t kImages = 4000;
  constexpr int64_t kClasses = 1000;
  std::mt19937_64 generator(1);
  std::normal_distribution<double> normal(0, 3);
  std::vector<double> values(kImages * kClasses);
  for (double& value : values) value = normal(generator);
  LogitsInMemory logits(kImages, kClasses, std::move(values));
  const std::vector<double> margin(kImages, 5);
  const std::vector<bool> is_training(kImages, true);
  testing::with_threads(static_cast<int>(state.range(0)), [&] {
    for (auto _ : state) benchmark::DoNotOptimize(calibrate(logits, margin, is_training));
  });
  state.SetItemsProcessed(state.iterations() * kImages);
}
BENCHMARK(CalibrationByThreads)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace edgesweep
