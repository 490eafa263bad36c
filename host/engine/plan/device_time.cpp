#include "host/engine/plan/device_time.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "host/engine/problem/problem.h"

namespace edgesweep {
namespace {

/// Time until all are done when each goes to the multiprocessor that is free first.
double makespan(const std::vector<double>& seconds, int multiprocessors) {
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (int i = 0; i < multiprocessors; ++i) free_at.push(0.0);
  double last = 0;
  for (const double time : seconds) {
    const double end = free_at.top() + time;
    free_at.pop();
    free_at.push(end);
    last = std::max(last, end);
  }
  return last;
}

}  // namespace

IterationWork iteration_work(const NetworkDemand& network, const TrainingPlan& plan) {
  const DqnSettings& dqn = network.dqn;
  const NetworkShape& shape = network.shape;
  const double windows = static_cast<double>(windows_per_iteration(dqn));
  const double parameters = static_cast<double>(shape.parameters());
  const double first_layer = (shape.sizes[0] + 1.0) * shape.sizes[1];
  const double gaps = dqn.history_gaps >= 0 ? dqn.history_gaps + 3 : 0;
  const BufferLayout& layout = plan.training;
  IterationWork work;
  const double decided = windows * forward_passes(network);
  work.targets_work = decided * shape.forward_work();
  work.training_work = windows * shape.training_work();
  // Targets read all weights once per tile of windows, fleets once per step of a full block. A step
  // reads them forwards, all but the first layer's backwards, and Adam reads and writes three
  // numbers each.
  work.parameter_bytes = 4 * decided / kTargetWindows * parameters +
                         4 * dqn.mini_batches * (8 * parameters - first_layer);
  // A hidden buffer is written, and read by the next layer, as a mask and for the weights'
  // gradient; the panel is written and read five times for each of its columns.
  const double hidden_buffers = layout.hidden_buffers - layout.shared_buffers;
  work.activation_bytes =
      4 * windows *
      (4 * hidden_buffers * layout.rows + (layout.output_in_shared ? 0 : 5 * shape.outputs()));
  work.window_bytes =
      4 * windows * (4 * (dqn.history_metrics + 3 + gaps) + 3 * (network.bucket.capacity + 1));
  return work;
}

DeviceTime expected_time(const std::vector<const NetworkDemand*>& cohort, double simulation_work,
                         const DeviceLimits& limits) {
  const double lane_rate = 2.0 * limits.single_precision_lanes * limits.clock_hertz * kAssumedShare;
  const double device_rate = lane_rate * limits.multiprocessors;
  // Networks leave as their schedules end; between two ends all iterations are alike.
  std::vector<int64_t> ends;
  for (const NetworkDemand* network : cohort) ends.push_back(network->dqn.iterations());
  std::sort(ends.begin(), ends.end());
  DeviceTime time;
  int64_t done = 0;
  for (const int64_t end : ends) {
    if (end == done) continue;
    std::vector<double> steps;
    double targets = 0;
    for (const NetworkDemand* network : cohort) {
      if (network->dqn.iterations() < end) continue;
      const double windows = static_cast<double>(windows_per_iteration(network->dqn));
      targets += windows * forward_passes(*network) * network->shape.forward_work() / device_rate;
      steps.push_back(windows * network->shape.training_work() / lane_rate);
    }
    const double iterations = static_cast<double>(end - done);
    time.targets += iterations * targets;
    time.training += iterations * makespan(steps, limits.multiprocessors);
    done = end;
  }
  time.simulation = simulation_work / device_rate;
  return time;
}

}  // namespace edgesweep
