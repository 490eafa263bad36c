#include "host/engine/cuda/cuda_simulator.h"

#include <algorithm>
#include <memory>
#include <span>

#include "host/engine/cuda/clairvoyant_lanes.h"
#include "host/engine/network/decision_table.h"
#include "host/engine/plan/device_plan.h"
#include "host/engine/run/threshold_walk.h"

namespace edgesweep {
namespace {

using Requests = std::span<const SimulationRequest>;

/// Traces of one request in device memory.
class DeviceTraces {
 public:
  DeviceTraces(const SimulationRequest& request, DeviceArena& arena)
      : size_(request.traces),
        first_sequence_(request.first_traced_sequence),
        policies_(request.thresholds.size() + (request.weights ? 1 : 0) +
                  request.clairvoyants.size()),
        count_(static_cast<size_t>(size_.sequences * size_.images)),
        index_(arena.take<int32_t>(count_)),
        gap_(arena.take<int32_t>(count_)),
        units_(arena.take<int32_t>(count_ * policies_)),
        metric_(arena.take<float>(count_)),
        offload_(arena.take<uint8_t>(count_ * policies_)) {}

  /// The sequence itself; recorded once, beside the lanes that offload everything.
  TraceView sequence() const {
    TraceView view = sized();
    view.index = index_.data();
    view.metric = metric_.data();
    view.gap = gap_.data();
    return view;
  }
  TraceView policy(size_t number) const {
    TraceView view = sized();
    view.units = units_.data() + number * count_;
    view.offload = offload_.data() + number * count_;
    return view;
  }

  void take(const SimulationRequest& request, RunTraces& traces, const DeviceStream& stream) const {
    if (count_ == 0) return;
    traces.first_sequence = first_sequence_;
    traces.sequences = size_.sequences;
    traces.images = size_.images;
    traces.units_per_token = request.bucket.cost;
    traces.index.resize(count_);
    traces.metric.resize(count_);
    traces.gap.resize(count_);
    for (const ThresholdPolicy& policy : request.thresholds)
      traces.policies.push_back({policy.policy, {}, {}});
    if (request.weights) traces.policies.push_back({Policy::dqn, {}, {}});
    for (const ClairvoyantPolicy& policy : request.clairvoyants)
      traces.policies.push_back({policy.policy, {}, {}});
    std::vector<int32_t> units(units_.size());
    std::vector<uint8_t> offload(offload_.size());
    index_.download(traces.index, stream);
    metric_.download(traces.metric, stream);
    gap_.download(traces.gap, stream);
    units_.download(units, stream);
    offload_.download(offload, stream);
    stream.wait();
    for (size_t p = 0; p < policies_; ++p) {
      const ptrdiff_t from = static_cast<ptrdiff_t>(p * count_);
      const ptrdiff_t to = from + static_cast<ptrdiff_t>(count_);
      traces.policies[p].units.assign(units.begin() + from, units.begin() + to);
      traces.policies[p].offload.assign(offload.begin() + from, offload.begin() + to);
    }
  }

 private:
  TraceView sized() const {
    TraceView view;
    if (count_ > 0) {
      view.first_sequence = first_sequence_;
      view.sequences = size_.sequences;
      view.images = size_.images;
    }
    return view;
  }
  SimulationSize size_;
  int64_t first_sequence_;
  size_t policies_;
  size_t count_;
  DeviceArray<int32_t> index_, gap_, units_;
  DeviceArray<float> metric_;
  DeviceArray<uint8_t> offload_;
};

/// A network as its decisions need it, in device memory, and the host's copy while that is filled.
struct PolicyNetwork {
  PolicyNetwork(const SimulationRequest& request, DeviceArena& arena)
      : table(
            make_decision_table(*request.shape, request.bucket, request.outputs, *request.weights)),
        weights(arena.take(*request.weights)),
        sizes(arena.take(request.shape->sizes)),
        bias_difference(arena.take(table.bias_difference)) {
    for (size_t state = 0; state < table.bias_difference.size(); ++state)
      packed.insert(packed.end(), table.row(static_cast<int32_t>(state)),
                    table.row(static_cast<int32_t>(state)) + table.width);
    difference = arena.take(packed);
  }
  DecisionTable table;
  std::vector<float> packed;
  DeviceArray<float> weights;
  DeviceArray<int32_t> sizes;
  DeviceArray<float> bias_difference, difference;
};

/// What one request has on the device.
struct Prepared {
  std::unique_ptr<DeviceTraces> traces;
  std::unique_ptr<PolicyNetwork> network;
  size_t all_lane = 0;
  std::vector<size_t> threshold_lane;
  std::vector<size_t> clairvoyant_lane;
  size_t network_lane = 0;
};

class Simulation {
 public:
  Simulation(Requests requests, DeviceContext& context)
      : requests_(requests), context_(context), scope_(context.arena()) {
    for (const SimulationRequest& request : requests) prepare(request);
  }

  std::vector<SimulationOutcome> run() {
    std::vector<SimulationOutcome> outcomes(requests_.size());
    if (stop_requested() || !run_thresholds() || !run_networks() ||
        !clairvoyants_.run(context_, [this] { return stop_requested(); })) {
      for (SimulationOutcome& outcome : outcomes) outcome.stopped = true;
      return outcomes;
    }
    for (size_t i = 0; i < requests_.size(); ++i) outcomes[i] = outcome(requests_[i], prepared_[i]);
    return outcomes;
  }

 private:
  void prepare(const SimulationRequest& request) {
    DeviceArena& arena = context_.arena();
    const DeviceSource source = context_.upload(*request.source);
    const int64_t images = request.size.images;
    Prepared prepared;
    prepared.traces = std::make_unique<DeviceTraces>(request, arena);
    if (request.whole_sequence_sums || request.traces.sequences > 0)
      prepared.all_lane =
          thresholds_.add({source, request.bucket, nullptr, images, prepared.traces->sequence()},
                          request.size.sequences);
    for (const ThresholdPolicy& policy : request.thresholds) {
      const DeviceArray<float> threshold = arena.take(policy.threshold);
      const TraceView trace = prepared.traces->policy(prepared.threshold_lane.size());
      prepared.threshold_lane.push_back(thresholds_.add(
          {source, request.bucket, threshold.data(), images, trace}, request.size.sequences));
    }
    if (request.weights) prepare_network(request, source, prepared);
    for (const ClairvoyantPolicy& policy : request.clairvoyants) {
      const size_t number =
          request.thresholds.size() + (request.weights ? 1 : 0) + prepared.clairvoyant_lane.size();
      prepared.clairvoyant_lane.push_back(
          clairvoyants_.add(request, policy, source, prepared.traces->policy(number), context_));
    }
    prepared_.push_back(std::move(prepared));
  }

  void prepare_network(const SimulationRequest& request, const DeviceSource& source,
                       Prepared& prepared) {
    prepared.network = std::make_unique<PolicyNetwork>(request, context_.arena());
    const PolicyNetwork& network = *prepared.network;
    NetworkPolicyTask task{};
    task.source = source;
    task.bucket = request.bucket;
    task.network = {request.shape->layers(), network.sizes.data()};
    task.weights = network.weights.data();
    task.difference = network.difference.data();
    task.bias_difference = network.bias_difference.data();
    task.expected_reward = context_.upload(request.expected_reward);
    task.width = network.table.width;
    task.metrics = request.history_metrics + 1;
    task.gaps = request.history_gaps + 1;
    task.images = request.size.images;
    task.trace = prepared.traces->policy(request.thresholds.size());
    prepared.network_lane = networks_.add(task, request.size.sequences);
    const std::vector<int32_t>& sizes = request.shape->sizes;
    widest_ = std::max(widest_, *std::max_element(sizes.begin() + 1, sizes.end() - 1));
    longest_ = std::max(longest_, int64_t{request.history_metrics} + request.history_gaps + 2);
  }

  bool stop_requested() const {
    for (const SimulationRequest& request : requests_)
      if (request.stop_requested && request.stop_requested()) return true;
    return false;
  }

  bool run_thresholds() {
    if (thresholds_.empty()) return true;
    return thresholds_.run(
        [&](const ThresholdTask* tasks, const PolicySequence* lanes, const LaneOutcomes& outcomes) {
          check_cuda(launch_threshold_policies(tasks, lanes, thresholds_.lanes(), outcomes,
                                               context_.stream()),
                     {"threshold_kernel", (thresholds_.lanes() + 31) / 32, 32, 0});
          return true;
        },
        context_);
  }

  bool run_networks() {
    if (networks_.empty()) return true;
    SimulationPlan plan = plan_simulation(widest_, longest_, context_.limits());
    plan.blocks = std::min(plan.blocks, networks_.lanes());
    const DeviceArray<float> scratch =
        context_.arena().take_pieces<float>(plan.blocks, plan.layout.scratch_floats());
    check_cuda(allow_simulation_shared(static_cast<size_t>(plan.layout.shared_bytes())),
               "cudaFuncSetAttribute of network_policy_kernel");
    return networks_.run(
        [&](const NetworkPolicyTask* tasks, const PolicySequence* lanes,
            const LaneOutcomes& outcomes) {
          for (int first = 0; first < networks_.lanes(); first += plan.blocks) {
            if (first > 0 && stop_requested()) return false;
            const int count = std::min(plan.blocks, networks_.lanes() - first);
            const LaneOutcomes some{outcomes.reward + first, outcomes.weak_cost + first,
                                    outcomes.offloads + first};
            check_cuda(launch_network_policies(tasks, lanes + first, count, some, plan.layout,
                                               scratch.data(), count, context_.stream()),
                       {"network_policy_kernel", count, kBlockThreads, plan.layout.shared_bytes()});
            context_.stream().wait();
          }
          return true;
        },
        context_);
  }

  SimulationOutcome outcome(const SimulationRequest& request, const Prepared& prepared) const {
    const int64_t sequences = request.size.sequences;
    SimulationOutcome result;
    if (request.whole_sequence_sums) {
      result.strong = thresholds_.outcomes(prepared.all_lane, sequences);
      result.weak_cost = thresholds_.weak_costs(prepared.all_lane, sequences);
    }
    for (const size_t lane : prepared.threshold_lane)
      result.thresholds.push_back(thresholds_.outcomes(lane, sequences));
    for (const size_t lane : prepared.clairvoyant_lane)
      result.clairvoyants.push_back(clairvoyants_.outcomes(lane, sequences));
    if (request.weights) result.network = networks_.outcomes(prepared.network_lane, sequences);
    prepared.traces->take(request, result.traces, context_.stream());
    // A histogram over all images: the host counts it, from the same streams.
    if (request.statistics) result.statistics = policy_statistics(request);
    return result;
  }

  const Requests requests_;
  DeviceContext& context_;
  std::vector<Prepared> prepared_;
  LaneBatch<ThresholdTask> thresholds_;
  LaneBatch<NetworkPolicyTask> networks_;
  ClairvoyantLanes clairvoyants_;
  int32_t widest_ = 0;
  int64_t longest_ = 0;
  DeviceArena::Scope scope_;  ///< ends first: the device reads what is above until then
};

bool any_stopped(const std::vector<SimulationOutcome>& outcomes) {
  return std::any_of(outcomes.begin(), outcomes.end(),
                     [](const SimulationOutcome& outcome) { return outcome.stopped; });
}

/// All at once, or, where memory does not hold that, one half after the other.
std::vector<SimulationOutcome> simulate(Requests requests, DeviceContext& context) {
  try {
    return Simulation(requests, context).run();
  } catch (const DeviceError& error) {
    if (!error.out_of_memory() || requests.size() == 1) throw;
  }
  const size_t half = requests.size() / 2;
  std::vector<SimulationOutcome> outcomes = simulate(requests.first(half), context);
  if (any_stopped(outcomes)) {
    outcomes.resize(requests.size(), outcomes.front());
    return outcomes;
  }
  for (SimulationOutcome& outcome : simulate(requests.subspan(half), context))
    outcomes.push_back(std::move(outcome));
  return outcomes;
}

}  // namespace

std::vector<SimulationOutcome> simulate_on_cuda(const std::vector<SimulationRequest>& requests,
                                                DeviceContext& context) {
  if (requests.empty()) return {};
  std::vector<SimulationOutcome> outcomes = simulate(requests, context);
  if (any_stopped(outcomes))
    for (SimulationOutcome& outcome : outcomes) outcome.stopped = true;
  return outcomes;
}

}  // namespace edgesweep
