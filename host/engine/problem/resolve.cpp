#include "host/engine/problem/resolve.h"

#include <algorithm>

#include "host/error.h"
#include "host/policy/bounds.h"
#include "host/policy/mdp.h"
#include "host/policy/rewards.h"
#include "host/policy/token_bucket.h"

namespace edgesweep {
namespace {

using Metrics = MetricSequenceSettings::Type;
using Arrivals = ArrivalSettings::Type;

ArrivalChain chain_of(const ArrivalSettings& settings) {
  return settings.type == Arrivals::markov_modulated ? markov_modulated_chain(settings)
                                                     : periodic_chain();
}

GapLaw gap_law_of(const ArrivalSettings& settings, const std::string& replay_file,
                  InputCache& inputs) {
  switch (settings.type) {
    case Arrivals::markov_modulated:
      return markov_modulated_gaps(settings);
    case Arrivals::replay:
      return gap_frequencies(*inputs.gap_replay(replay_file));
    case Arrivals::periodic:
      break;
  }
  return periodic_gaps();
}

/// Training settings may leave the training files out when nothing is trained: the test files stand
/// in.
const std::string& training_gaps(const RunSettings& settings) {
  return settings.arrivals.training_file.empty() ? settings.arrivals.file
                                                 : settings.arrivals.training_file;
}

enum class Split { training, test };

const MetricSequenceSettings& metrics_of(const RunSettings& settings, Split split) {
  return split == Split::training ? settings.metric_sequence : settings.test_metric_sequence();
}

const ArrivalSettings& arrivals_of(const RunSettings& settings, Split split) {
  return split == Split::training ? settings.arrivals : settings.test_arrivals();
}

const std::string& index_file(const RunSettings& settings, Split split) {
  return split == Split::training ? settings.metric_sequence.training_file
                                  : settings.test_metric_sequence().file;
}

const std::string& gap_file(const RunSettings& settings, Split split) {
  return split == Split::training ? training_gaps(settings) : settings.test_arrivals().file;
}

SequenceSource make_source(const RunSettings& settings,
                           const std::shared_ptr<const Dataset>& dataset, Split split,
                           Purpose purpose, InputCache& inputs) {
  SequenceSource source;
  source.dataset = dataset;
  source.images = split == Split::training ? &dataset->training : &dataset->test;
  source.purpose = purpose;
  source.seed = split == Split::training ? settings.seed : settings.test_seed;
  const MetricSequenceSettings& metrics = metrics_of(settings, split);
  const ArrivalSettings& arrivals = arrivals_of(settings, split);
  source.arrivals = make_arrival_law(chain_of(arrivals));
  source.metric_law = make_metric_law(metrics, source.images->size());
  if (metrics.type == Metrics::replay)
    source.index_replay = inputs.index_replay(index_file(settings, split), source.images->size());
  if (arrivals.type == Arrivals::replay)
    source.gap_replay = inputs.gap_replay(gap_file(settings, split));
  return source;
}

void check_table(const std::string& file, const char* name, const ReplayTable& table,
                 const SimulationSize& size, const char* what) {
  if (table.sequences >= size.sequences && table.images >= size.images) return;
  const bool fits_transposed = table.images >= size.sequences && table.sequences >= size.images;
  throw InputError(
      file, name,
      std::to_string(table.sequences) + " sequences of " + std::to_string(table.images) + " images",
      "at least " + std::to_string(size.sequences) + " x " + std::to_string(size.images) +
          ", which " + what + " simulates" +
          (fits_transposed ? "; transposed? A row is a sequence (docs/files.md)" : ""));
}

void check_source(const SequenceSource& source, const RunSettings& settings, Split split,
                  const SimulationSize& size, const char* what) {
  if (source.index_replay)
    check_table(index_file(settings, split), "index", *source.index_replay, size, what);
  if (source.gap_replay)
    check_table(gap_file(settings, split), "gap", *source.gap_replay, size, what);
}

/// Windows end at any image but the last of any replayed sequence, the same for metrics and gaps.
void check_training_tables(const SequenceSource& source, const RunSettings& settings) {
  const ReplayTable* index = source.index_replay.get();
  const ReplayTable* gap = source.gap_replay.get();
  if (index && gap && (index->sequences != gap->sequences || index->images != gap->images))
    throw InputError(training_gaps(settings), "gap",
                     std::to_string(gap->sequences) + " x " + std::to_string(gap->images),
                     "the shape of `index` in " + settings.metric_sequence.training_file + ", " +
                         std::to_string(index->sequences) + " x " + std::to_string(index->images) +
                         (index->sequences == gap->images && index->images == gap->sequences
                              ? "; is one of them transposed? A row is a sequence (docs/files.md)"
                              : ""));
  for (const ReplayTable* table : {index, gap})
    if (table && table->images < 2)
      throw InputError(
          table == index ? settings.metric_sequence.training_file : training_gaps(settings),
          table == index ? "index" : "gap", "sequences of 1 image",
          "2 images or more for training");
}

void set_expectation(const TokenBucket& bucket, const GapLaw& gaps, TrainingProblem& training) {
  const TransitionMatrix transition = make_transition_matrix(bucket, gaps);
  std::vector<double> probability = transition.gap_probability;
  while (!probability.empty() && probability.back() == 0.0) probability.pop_back();
  // remaining[i]: what is left after the first i gaps, added from the far end so that small tails
  // keep their digits.
  std::vector<double> remaining(probability.size() + 1);
  remaining.back() = transition.remaining;
  for (size_t i = probability.size(); i > 0; --i)
    remaining[i - 1] = remaining[i] + probability[i - 1];
  training.gap_probability.assign(probability.begin(), probability.end());
  training.remaining.assign(remaining.begin(), remaining.end());
}

TrainingProblem make_training(const RunSettings& settings, const TokenBucket& bucket,
                              const GapLaw& gaps, const std::shared_ptr<const Dataset>& dataset,
                              InputCache& inputs) {
  TrainingProblem training;
  const bool alone = settings.fleet.count == 1;
  training.dqn = network_settings(settings);
  training.seed = settings.seed;
  training.bucket = network_bucket(settings, bucket);
  training.shape = make_network_shape(training.dqn, training.bucket);
  training.reward_factor = inputs.reward_factor(settings);
  training.windows_key = windows_key(settings);
  training.windows =
      make_source(settings, inputs.training_dataset(settings), Split::training,
                  alone ? Purpose::training_windows : Purpose::fleet_training, inputs);
  // The strategy that a fleet's network starts from is fitted to the noise of the training images'
  // own rewards: by these it would look better than it is, and be kept.
  const std::shared_ptr<const Dataset> judge = alone ? dataset : inputs.smoothed_dataset(settings);
  training.training_evaluation =
      make_source(settings, judge, Split::training, Purpose::training_evaluation, inputs);
  training.validation = make_source(settings, judge, Split::training, Purpose::validation, inputs);
  if (training.dqn.outputs == Outputs::after_states) {
    const ExpectedRewards expected = inputs.expected_rewards(settings);
    training.training_expected_reward = expected.training;
    training.test_expected_reward = expected.test;
  }
  if (alone && settings.dqn.history_gaps < 0) set_expectation(bucket, gaps, training);
  return training;
}

/// Found by the first run that asks.
const MdpSolution& solution_of(const TransitionMatrix& transition, const MdpSettings& mdp,
                               const RunSettings& settings, InputCache& inputs,
                               const StopRequest& request) {
  const TokenBucket& bucket = transition.bucket;
  const bool as_mdp =
      settings.rules == Rules::edgeml_mdp && mdp.stop == MdpSettings::Stop::published;
  const MdpSettings::Stop stop = as_mdp ? MdpSettings::Stop::published_mdp : mdp.stop;
  return inputs.mdp({images_key(settings), bucket.refill, bucket.cost, bucket.capacity,
                     mdp.discount, stop, transition.gap_probability},
                    [&] {
                      return solve_mdp(transition, inputs.dataset(settings)->training, mdp.discount,
                                       stop, request);
                    });
}

/// Biases of the last layer for `start: "mdp"`, times the training's reward factor.
std::vector<float> start_biases(const TransitionMatrix& transition, const RunProblem& problem,
                                InputCache& inputs, const StopRequest& stop) {
  const double discount = problem.settings.dqn.discount;
  const MdpSolution& solution = solution_of(transition, {MdpSettings::Stop::converged, discount},
                                            problem.settings, inputs, stop);
  std::vector<double> values = mdp_outputs(transition, problem.dataset->training, solution,
                                           discount, problem.settings.dqn.outputs);
  for (double& value : values) value *= problem.training->reward_factor;
  return {values.begin(), values.end()};
}

}  // namespace

TokenBucket bucket_of(const RunSettings& settings) {
  const std::optional<TokenBucket> bucket = make_token_bucket(settings.rate, settings.depth);
  if (!bucket)
    throw InputError(
        "", "/rate",
        std::to_string(settings.rate) + " with depth " + std::to_string(settings.depth),
        "a rate and depth whose integers (Q, P, M) have 1 <= Q < P and M >= P");
  return *bucket;
}

std::vector<InputFileName> input_files(const RunSettings& settings) {
  std::vector<InputFileName> files = {{"dataset", &settings.dataset}};
  if (settings.test_metric_sequence().type == Metrics::replay)
    files.push_back(
        {settings.own_test_metric_sequence ? "test_metric_sequence_file" : "metric_sequence_file",
         &settings.test_metric_sequence().file});
  // Only training reads it, so it need not be there without.
  if (settings.metric_sequence.type == Metrics::replay && settings.has(Policy::dqn))
    files.push_back({"metric_sequence_training_file", &settings.metric_sequence.training_file});
  if (settings.test_arrivals().type == Arrivals::replay)
    files.push_back({settings.own_test_arrivals ? "test_arrivals_file" : "arrivals_file",
                     &settings.test_arrivals().file});
  if (settings.arrivals.type == Arrivals::replay) {
    if (!settings.arrivals.training_file.empty())
      files.push_back({"arrivals_training_file", &settings.arrivals.training_file});
    else if (settings.own_test_arrivals)  // the test file stands in for training gaps
      files.push_back({"arrivals_file", &settings.arrivals.file});
  }
  return files;
}

void check_run_inputs(const RunSettings& settings, InputCache& inputs) {
  const std::shared_ptr<const Dataset> dataset = inputs.dataset(settings);
  const TokenBucket bucket = bucket_of(settings);
  const GapLaw gaps = gap_law_of(settings.arrivals, training_gaps(settings), inputs);
  check_source(make_source(settings, dataset, Split::test, Purpose::test, inputs), settings,
               Split::test, settings.test, "`test`");
  if (!settings.has(Policy::dqn)) return;
  const TrainingProblem training = make_training(settings, bucket, gaps, dataset, inputs);
  check_training_tables(training.windows, settings);
  if (settings.dqn.evaluate_every == 0) return;
  check_source(training.validation, settings, Split::training, settings.dqn.validation,
               "`dqn.validation`");
  check_source(training.training_evaluation, settings, Split::training,
               settings.dqn.training_sequences, "`dqn.training_sequences`");
}

const MdpSolution& mdp_of(const RunSettings& settings, const TokenBucket& bucket,
                          InputCache& inputs, const StopRequest& stop) {
  return solution_of(make_transition_matrix(
                         bucket, gap_law_of(settings.arrivals, training_gaps(settings), inputs)),
                     settings.mdp, settings, inputs, stop);
}

SequenceSource training_source(const RunSettings& settings, Purpose purpose, InputCache& inputs) {
  return make_source(settings, inputs.dataset(settings), Split::training, purpose, inputs);
}

RunProblem resolve_policies(const std::string& id, const RunSettings& settings, InputCache& inputs,
                            const StopRequest& stop) {
  RunProblem problem;
  problem.id = id;
  problem.settings = settings;
  problem.dataset = inputs.dataset(settings);
  problem.bucket = bucket_of(settings);
  const GapLaw training_gap_law = gap_law_of(settings.arrivals, training_gaps(settings), inputs);
  // docs/model.md#arrivals: the transition matrix comes from the training gaps, tau from the test
  // gaps.
  problem.mean_gap =
      gap_law_of(settings.test_arrivals(), settings.test_arrivals().file, inputs).mean;
  const auto threshold =
      settings.rules == Rules::edgeml_mdp ? quantile_threshold : baseline_threshold;
  problem.baseline_threshold =
      threshold(problem.dataset->training, settings.rate, problem.mean_gap);
  if (settings.has(Policy::mdp)) {
    const MdpSolution& solution = mdp_of(settings, problem.bucket, inputs, stop);
    problem.mdp_threshold = solution.threshold;
    problem.mdp_sweeps = solution.sweeps;
    problem.mdp_converged = solution.converged ? 1 : 0;
  }
  problem.test = make_source(settings, problem.dataset, Split::test, Purpose::test, inputs);
  if (settings.has(Policy::dqn)) {
    problem.training =
        make_training(settings, problem.bucket, training_gap_law, problem.dataset, inputs);
    if (settings.fleet.count == 1 && settings.dqn.start == DqnSettings::Start::mdp)
      problem.training->start_biases = start_biases(
          make_transition_matrix(problem.bucket, training_gap_law), problem, inputs, stop);
  }
  return problem;
}

}  // namespace edgesweep
