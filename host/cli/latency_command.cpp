#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/cli/terminal.h"
#include "host/engine/cpu/network_decision.h"
#include "host/engine/cpu/simd.h"
#include "host/error.h"
#include "host/results/results_file.h"
#include "host/results/stored_network.h"
#include "host/session/run_label.h"
#include "kernels/random.cuh"

namespace edgesweep {
namespace {

constexpr int64_t kWarmUp = 1000;  ///< decisions left out after the first

/// The weights that the run was simulated with.
const std::vector<float>& weights_of(const StoredRun& run, DqnSettings::Keep keep) {
  return keep == DqnSettings::Keep::best ? run.result.best_weights : run.result.weights;
}

bool has_weights(const StoredRun& run) {
  return !run.result.weights.empty() || !run.result.best_weights.empty();
}

const StoredRun& chosen_run(const StoredSweep& sweep, const LatencyOptions& options) {
  const std::string allowed = "a run with a dqn of a sweep with --set store.weights=true";
  if (!options.run.empty()) {
    const StoredRun& run = find_run(sweep, options.run, options.file);
    if (!has_weights(run))
      throw InputError(options.file, "/weights/" + run.result.id, "no stored weights", allowed);
    return run;
  }
  const auto found = std::find_if(sweep.runs.begin(), sweep.runs.end(), has_weights);
  if (found == sweep.runs.end())
    throw InputError(options.file, "/weights", "no stored weights", allowed);
  return *found;
}

/// Nanoseconds of single decisions: the first one, with nothing in the caches yet, then many.
struct Latencies {
  double first = 0;
  std::vector<double> sorted;
  int64_t offloads = 0;  ///< keeps the decisions from being optimised away

  double percentile(double share) const {
    const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::max<size_t>(rank, 1) - 1];
  }
  double mean() const {
    double sum = 0;
    for (const double value : sorted) sum += value;
    return sum / static_cast<double>(sorted.size());
  }
  double deviation() const {
    const double center = mean();
    double squares = 0;
    for (const double value : sorted) squares += (value - center) * (value - center);
    return std::sqrt(squares / static_cast<double>(sorted.size()));
  }
};

/// Metrics drawn evenly over +- 1.75 standard deviations, gaps of 1 to 3, a full bucket: the
/// network is asked every time, and its work does not depend on the values.
Latencies measure(NetworkDecision& network, int32_t units, int64_t decisions) {
  using Clock = std::chrono::steady_clock;
  Latencies latencies;
  for (int64_t i = -1 - kWarmUp; i < decisions; ++i) {
    const auto position = static_cast<uint32_t>(i + 1 + kWarmUp);
    const PhiloxBlock word = philox(0, position, 0, 0, Purpose::test);
    const float metric = 1.75f * uniform_symmetric(word.word[0]);
    const auto gap = static_cast<float>(1 + uniform_below(word.word[1], 3));
    const Clock::time_point start = Clock::now();
    const bool offload = network.decide(metric, gap, units, 0.0f);
    const std::chrono::duration<double, std::nano> spent = Clock::now() - start;
    latencies.offloads += offload;
    if (position == 0) latencies.first = spent.count();
    if (i >= 0) latencies.sorted.push_back(spent.count());
    if (interrupted()) break;
  }
  std::sort(latencies.sorted.begin(), latencies.sorted.end());
  return latencies;
}

std::string layers_text(const NetworkShape& shape) {
  std::string text;
  for (const int32_t size : shape.sizes) text += (text.empty() ? "" : " - ") + std::to_string(size);
  return text;
}

}  // namespace

int latency_command(const LatencyOptions& options) {
  const std::optional<StoredSweep> sweep = read_results(options.file);
  if (!sweep)
    throw InputError(options.file, "", "no such file", "a results file that `edgesweep run` wrote");
  const StoredRun& run = chosen_run(*sweep, options);
  const StoredNetwork stored = stored_network(run, options.file);
  const std::vector<float>& weights = weights_of(run, stored.dqn.keep);
  if (weights.empty())
    throw InputError(options.file, "/weights/" + run.result.id, "no weights of the best iteration",
                     "a run with those, as its dqn.keep says");
  NetworkDecision network(stored.shape, stored.bucket, stored.dqn, weights);
  catch_interrupts();
  const Latencies latencies = measure(network, stored.bucket.capacity, options.decisions);
  if (interrupted()) return kInterrupted;

  const std::string instruction_set = simd_kernels().instruction_set;
  const auto micro = [](double nanoseconds) { return nanoseconds / 1e3; };
  if (options.json) {
    const nlohmann::ordered_json object = {{"file", options.file},
                                           {"run", run.result.id},
                                           {"layers", stored.shape.sizes},
                                           {"instruction_set", instruction_set},
                                           {"decisions", options.decisions},
                                           {"median_us", micro(latencies.percentile(0.5))},
                                           {"p99_us", micro(latencies.percentile(0.99))},
                                           {"largest_us", micro(latencies.sorted.back())},
                                           {"mean_us", micro(latencies.mean())},
                                           {"standard_deviation_us", micro(latencies.deviation())},
                                           {"first_us", micro(latencies.first)}};
    print_output("{}\n", object.dump(2));
    return 0;
  }
  const std::string label = run_label(*sweep, run);
  print_output(
      "run {}{}: network {}, one thread, {}\n"
      "one decision (history, network, tokens), {} of them:\n"
      "  median {:.3f} us, 99 % within {:.3f} us, largest {:.3f} us, mean (sd) {:.3f} ({:.3f}) us\n"
      "  the first one, with cold caches: {:.3f} us\n",
      run.result.id, label.empty() ? "" : " (" + label + ")", layers_text(stored.shape),
      instruction_set, options.decisions, micro(latencies.percentile(0.5)),
      micro(latencies.percentile(0.99)), micro(latencies.sorted.back()), micro(latencies.mean()),
      micro(latencies.deviation()), micro(latencies.first));
  return 0;
}

}  // namespace edgesweep
