#include "tests/reference/reference_simulator.h"

#include "host/engine/network/decision_table.h"
#include "kernels/network.cuh"
#include "tests/reference/reference_clairvoyant.h"
#include "tests/reference/reference_trainer.h"

namespace edgesweep {
namespace {

struct Sequence {
  std::vector<uint32_t> index;
  std::vector<int32_t> gap;
};

Sequence draw_sequence(const SequenceSource& source, int64_t sequence, int64_t images) {
  Sequence result;
  const StreamKey key{source.seed, static_cast<uint32_t>(sequence), 0, source.purpose};
  uint32_t location = 0;
  int32_t state = draw_state(source.arrivals.law.first_limit, random_word(key, Channel::start, 0));
  for (int64_t t = 0; t < images; ++t) {
    const uint32_t position = static_cast<uint32_t>(t);
    const uint32_t index = draw_index(source.metric_law, key, position, location);
    result.index.push_back(
        source.index_replay ? static_cast<uint32_t>(source.index_replay->row(sequence)[t]) : index);
    result.gap.push_back(
        source.gap_replay
            ? source.gap_replay->row(sequence)[t]
            : next_gap(source.arrivals.law, random_word(key, Channel::gap, position), state));
  }
  return result;
}

/// The network's input at image t: metrics and gaps newest first, 0 before the start.
std::vector<float> input_at(const SimulationRequest& request, const Sequence& sequence, int64_t t) {
  std::vector<float> input;
  for (int64_t i = t; i >= t - request.history_metrics; --i)
    input.push_back(
        i >= 0 ? request.source->images->metric_single[sequence.index[static_cast<size_t>(i)]]
               : 0.0f);
  for (int64_t i = t; i >= t - request.history_gaps; --i)
    input.push_back(i >= 1 ? static_cast<float>(sequence.gap[static_cast<size_t>(i - 1)]) : 0.0f);
  return input;
}

bool network_offloads(const SimulationRequest& request, const DecisionTable& decisions,
                      const Sequence& sequence, int64_t t, int32_t units) {
  Activations activations;
  activations.layer = {input_at(request, sequence, t)};
  reference_forward(*request.shape, *request.weights, 1, activations);
  const std::vector<float>& hidden = activations.layer[activations.layer.size() - 2];
  const int32_t state = units - request.bucket.cost;
  float difference = decision(hidden.data(), decisions.row(state), decisions.width,
                              decisions.bias_difference[static_cast<size_t>(state)]);
  if (request.outputs == Outputs::after_states)
    difference = difference + (*request.expected_reward)[sequence.index[static_cast<size_t>(t)]];
  return difference >= 0.0f;
}

/// Scans the bucket along one sequence; offloads(t, units) is asked where an offload can be paid.
template <typename Offloads>
SequenceOutcome scan(const SimulationRequest& request, const Sequence& sequence,
                     const Offloads& offloads) {
  SequenceOutcome outcome;
  int32_t units = request.bucket.capacity;
  for (int64_t t = 0; t < request.size.images; ++t) {
    const bool offload = can_offload(request.bucket, units) && offloads(t, units);
    if (offload) {
      outcome.reward += request.source->images->reward[sequence.index[static_cast<size_t>(t)]];
      ++outcome.offloads;
    }
    units = next_units(request.bucket, units, offload, sequence.gap[static_cast<size_t>(t)]);
  }
  return outcome;
}

SequenceOutcome clairvoyant_scan(const SimulationRequest& request, const Sequence& sequence,
                                 const std::vector<int32_t>& value_of_rank) {
  std::vector<int32_t> value;
  for (const uint32_t index : sequence.index) value.push_back(value_of_rank[index]);
  const std::vector<uint8_t> decisions = reference_clairvoyant(request.bucket, value, sequence.gap);
  return scan(request, sequence,
              [&](int64_t t, int32_t) { return decisions[static_cast<size_t>(t)] != 0; });
}

}  // namespace

SimulationOutcome reference_simulation(const SimulationRequest& request) {
  const ImageSet& images = *request.source->images;
  SimulationOutcome outcome;
  outcome.thresholds.resize(request.thresholds.size());
  outcome.clairvoyants.resize(request.clairvoyants.size());
  DecisionTable decisions;
  if (request.weights)
    decisions =
        make_decision_table(*request.shape, request.bucket, request.outputs, *request.weights);
  for (int64_t s = 0; s < request.size.sequences; ++s) {
    const Sequence sequence = draw_sequence(*request.source, s, request.size.images);
    SequenceOutcome strong;
    double weak = 0;
    for (const uint32_t index : sequence.index) {
      strong.reward += images.reward[index];
      ++strong.offloads;
      weak += images.weak_cost[index];
    }
    outcome.strong.push_back(strong);
    outcome.weak_cost.push_back(weak);
    for (size_t p = 0; p < request.thresholds.size(); ++p) {
      const std::vector<float>& threshold = request.thresholds[p].threshold;
      outcome.thresholds[p].push_back(scan(request, sequence, [&](int64_t t, int32_t units) {
        return images.metric_single[sequence.index[static_cast<size_t>(t)]] >=
               threshold[static_cast<size_t>(units - request.bucket.cost)];
      }));
    }
    for (size_t p = 0; p < request.clairvoyants.size(); ++p)
      outcome.clairvoyants[p].push_back(
          clairvoyant_scan(request, sequence, request.clairvoyants[p].value));
    if (request.weights)
      outcome.network.push_back(scan(request, sequence, [&](int64_t t, int32_t units) {
        return network_offloads(request, decisions, sequence, t, units);
      }));
  }
  return outcome;
}

}  // namespace edgesweep
