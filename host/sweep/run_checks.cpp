#include <cmath>

#include "host/config/json_text.h"
#include "host/error.h"
#include "host/policy/token_bucket.h"
#include "host/sweep/expand.h"

namespace edgesweep {
namespace {

/// As the config would say it: 4, not 4.0.
std::string text(double value) {
  const bool whole = value == std::trunc(value) && std::abs(value) < 1e15;
  return canonical_text(whole ? Json(static_cast<int64_t>(value)) : Json(value));
}

class RunChecker {
 public:
  RunChecker(const RunSettings& run, const std::string& file, const PlaceOfSetting& place)
      : run_(run), file_(file), place_(place) {}

  void check() const {
    check_bucket();
    check_arrivals(run_.arrivals, "arrivals");
    if (run_.own_test_arrivals) check_arrivals(*run_.own_test_arrivals, "test.arrivals");
    check_replay_files();
    check_test_replay_files();
    check_policies();
    if (run_.fleet.count > 1) check_fleet();
    if (run_.has(Policy::dqn)) check_dqn();
    if (run_.store.traces.sequences > 0) check_traces();
  }

 private:
  [[noreturn]] void refuse(const std::string& setting, const std::string& found,
                           const std::string& allowed) const {
    throw InputError(file_, place_(setting), found, allowed);
  }

  void check_bucket() const {
    if (!make_token_bucket(run_.rate, run_.depth))
      refuse("rate",
             text(run_.rate) + " with depth " + text(run_.depth) + ", which make no token bucket",
             "a rate near Q/P with whole 1 <= Q < P <= 100, and a depth of at least one token");
  }

  /// Two visits of fewer slots than their interval each, always, and no image would ever arrive.
  void check_arrivals(const ArrivalSettings& arrivals, const std::string& setting) const {
    if (arrivals.type != ArrivalSettings::Type::markov_modulated) return;
    constexpr double kFewest = 1e-6;
    const double per_slot = (arrivals.p_21 * images_per_slot(arrivals.p_12, arrivals.interval_1) +
                             arrivals.p_12 * images_per_slot(arrivals.p_21, arrivals.interval_2)) /
                            (arrivals.p_12 + arrivals.p_21);
    if (!(per_slot >= kFewest))
      refuse(setting + ".interval_1",
             "intervals " + std::to_string(arrivals.interval_1) + " and " +
                 std::to_string(arrivals.interval_2) + " with p_12 " + text(arrivals.p_12) +
                 " and p_21 " + text(arrivals.p_21) + ", which are " + text(per_slot) +
                 " images per time unit",
             "at least " + text(kFewest) + " (visits to a state last 1/p time units on average)");
  }

  /// Mean over the slots spent in a state that is left with probability p after each slot: with
  /// stay = 1 - p, p * (stay^(interval-1) + stay^(2 interval-1) + ...) = stay^(interval-1) / (1 +
  /// stay + ... + stay^(interval-1)).
  static double images_per_slot(double p, int interval) {
    const double stay = 1 - p;
    double power = 1;
    double sum = 1;
    for (int i = 1; i < interval; ++i) {
      power *= stay;
      sum += power;
    }
    return power / sum;
  }

  void check_replay_files() const {
    const bool dqn = run_.has(Policy::dqn);
    if (run_.metric_sequence.type == MetricSequenceSettings::Type::replay && dqn &&
        run_.metric_sequence.training_file.empty())
      refuse("metric_sequence.training_file", "nothing",
             "a file of training indices, which the dqn policy needs");
    if (run_.arrivals.type == ArrivalSettings::Type::replay && (dqn || run_.has(Policy::mdp)) &&
        run_.arrivals.training_file.empty())
      refuse("arrivals.training_file", "nothing",
             "a file of training gaps, which the mdp and dqn policies need");
  }

  void check_policies() const {
    const bool alone = run_.fleet.count == 1;
    for (const Policy policy : run_.policies) {
      if (alone && is_strategy(policy))
        refuse("policies", std::string("\"") + policy_name(policy) + "\" with one camera",
               "devices.count of at least 2 with isolated, hierarchical and smart");
      if (!alone && !is_strategy(policy) && has_bucket(policy) && policy != Policy::dqn)
        refuse(
            "policies",
            std::string("\"") + policy_name(policy) + "\" with " +
                std::to_string(run_.fleet.count) + " cameras",
            "weak, strong, lower_bound, isolated, hierarchical, smart and dqn, or devices.count 1");
      if (policy == Policy::dqn && run_.rules == Rules::edgeml_mdp)
        refuse("rules", "\"edgeml_mdp\" with the dqn policy",
               "\"edgeml_dqn\", or policies without dqn");
    }
  }

  /// docs/model.md#fleets: cameras see their images at the same times.
  void check_fleet() const {
    const FleetSettings& fleet = run_.fleet;
    if (run_.arrivals.type != ArrivalSettings::Type::periodic ||
        run_.test_arrivals().type != ArrivalSettings::Type::periodic)
      refuse("arrivals.type", "other than periodic arrivals with many cameras",
             "\"periodic\", or devices.count 1");
    if (run_.metric_sequence.type == MetricSequenceSettings::Type::replay ||
        run_.test_metric_sequence().type == MetricSequenceSettings::Type::replay)
      refuse("metric_sequence.type", "\"replay\" with many cameras",
             "\"iid\" or \"local_reset\", or devices.count 1");
    if (!make_token_bucket(run_.rate, run_.depth * fleet.count))
      refuse("devices.count",
             std::to_string(fleet.count) + " with rate " + text(run_.rate) + " and depth " +
                 text(run_.depth) + ", which make no token bucket at the switch",
             "a share whose sum makes one");
    check_slots("test.images", run_.test);
    if (!run_.has(Policy::hierarchical) && !run_.has(Policy::dqn)) return;
    check_slots("devices.search.images", fleet.search);
    check_grid();
  }

  void check_slots(const std::string& setting, const SimulationSize& size) const {
    constexpr int64_t kMost = (int64_t{1} << 31) - 1;
    if (size.images > kMost / run_.fleet.count)
      refuse(setting,
             std::to_string(size.images) + " with " + std::to_string(run_.fleet.count) + " cameras",
             "at most " + std::to_string(kMost / run_.fleet.count));
  }

  void check_grid() const {
    bool any = false;
    for (const double rate : run_.fleet.search_rates)
      for (const double depth : run_.fleet.search_depths) {
        if (!make_token_bucket(rate, depth))
          refuse("devices.search.rates",
                 text(rate) + " with depth " + text(depth) + ", which make no token bucket",
                 "rates near Q/P with whole 1 <= Q < P <= 100, and depths of at least one token");
        any = any || holds_share(rate, depth, run_.rate, run_.depth);
      }
    if (!any)
      refuse("devices.search.rates", "only buckets that hold less than a camera's share",
             "one bucket of at least rate " + text(run_.rate) + " or depth " + text(run_.depth));
  }

  void check_test_replay_files() const {
    const auto check = [&](const auto& settings, const std::string& setting) {
      if (settings && !settings->training_file.empty())
        refuse(setting + ".training_file", "\"" + settings->training_file + "\"",
               "nothing: the test trains nothing; the run's own setting names training files");
    };
    check(run_.own_test_metric_sequence, "test.metric_sequence");
    check(run_.own_test_arrivals, "test.arrivals");
  }

  void check_dqn() const {
    const DqnSettings& dqn = run_.dqn;
    if (dqn.schedule.empty())
      refuse("dqn.schedule", "a list of 0 values", "at least one phase, or policies without dqn");
    if (dqn.outputs == Outputs::after_states && dqn.reward_smoothing == 0)
      refuse("dqn.outputs", "\"after_states\" with \"reward_smoothing\": 0",
             "\"action_values\", or a reward_smoothing above 0: decisions then rest on the reward "
             "that an image's metric promises");
    if (dqn.keep == DqnSettings::Keep::best && dqn.evaluate_every == 0)
      refuse("dqn.keep", "\"best\" with \"evaluate_every\": 0",
             "\"last\", or \"evaluate_every\" of at least 1: the best weights are found by "
             "evaluation");
    if (run_.fleet.count > 1) return;  // they have a memory of their own
    check_history("dqn.history_metrics", dqn.history_metrics);
    check_history("dqn.history_gaps", dqn.history_gaps);
  }

  /// A window of current and next state is history + 2 images long.
  void check_history(const std::string& setting, int64_t history) const {
    check_history_in(setting, history, run_.test, "test");
    if (run_.dqn.evaluate_every == 0) return;
    check_history_in(setting, history, run_.dqn.training_sequences, "dqn.training_sequences");
    check_history_in(setting, history, run_.dqn.validation, "dqn.validation");
  }

  void check_history_in(const std::string& setting, int64_t history, const SimulationSize& size,
                        const std::string& name) const {
    if (history < 0 || history + 2 <= size.images) return;
    refuse(setting,
           std::to_string(history) + " with " + name + ".images " + std::to_string(size.images),
           "at most " + name + ".images - 2 (a history and two images fit into a sequence)");
  }

  void check_traces() const {
    const SimulationSize& traces = run_.store.traces;
    const int64_t first = run_.store.first_traced_sequence;
    if (first > 0 && first + traces.sequences > run_.test.sequences)
      refuse("store.traces.first_sequence",
             std::to_string(first) + " with sequences " + std::to_string(traces.sequences),
             "the two together at most test.sequences, " + std::to_string(run_.test.sequences));
    if (traces.sequences > run_.test.sequences)
      refuse("store.traces.sequences", std::to_string(traces.sequences),
             "at most test.sequences, " + std::to_string(run_.test.sequences));
    if (traces.images > run_.test.images)
      refuse("store.traces.images", std::to_string(traces.images),
             "at most test.images, " + std::to_string(run_.test.images));
  }

  const RunSettings& run_;
  const std::string& file_;
  const PlaceOfSetting& place_;
};

}  // namespace

void check_run(const RunSettings& run, const std::string& file, const PlaceOfSetting& place) {
  RunChecker(run, file, place).check();
}

}  // namespace edgesweep
