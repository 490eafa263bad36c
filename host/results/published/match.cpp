#include "host/results/published/match.h"

#include <algorithm>
#include <charconv>

#include "host/results/settings_columns.h"

namespace edgesweep {
namespace {

/// Fig. 11 has the length T of the DQN's history on its axis; "whether it counts the current image
/// is not stated" (experiments/published/README.md). Taken here: it does, so T metrics are the
/// current one and T - 1 before it. This is the only place that knows.
constexpr double previous_metrics(double history) { return history - 1; }

/// H1 of the released code where nothing else is said.
constexpr double kReleasedPreviousMetrics = 95;

std::optional<double> number(const StoredRun& run, const std::string& setting) {
  const std::string text = setting_text(run, setting);
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string word(const StoredRun& run, const std::string& setting) {
  return plain_text(setting_text(run, setting));
}

bool has_history(const SummaryGroup& group, double previous) {
  const std::optional<double> value = number(*group.runs.front(), "dqn_history_metrics");
  return value && same_setting(*value, previous);
}

/// Is the run tested on what it is trained on, or on replays (of it)?
bool tested_as_trained(const StoredRun& run) {
  for (const char* setting : {"test_metric_sequence_type", "test_arrivals_type"}) {
    const std::string type = word(run, setting);
    if (!type.empty() && type != "replay") return false;
  }
  return true;
}

}  // namespace

std::optional<PointSettings> point_of(const StoredRun& run) {
  if (!tested_as_trained(run)) return std::nullopt;
  PointSettings point;
  point.rate = number(run, "rate");
  point.depth = number(run, "depth");
  if (word(run, "metric_sequence_type") == "local_reset") {
    point.spread = number(run, "metric_sequence_spread");
    point.reset_probability = number(run, "metric_sequence_reset_probability");
  } else if (word(run, "metric_sequence_type") != "iid") {
    return std::nullopt;
  }
  if (word(run, "arrivals_type") == "markov_modulated") {
    point.interval_1 = number(run, "arrivals_interval_1");
    point.interval_2 = number(run, "arrivals_interval_2");
    point.p_12 = number(run, "arrivals_p_12");
    point.p_21 = number(run, "arrivals_p_21");
  } else if (word(run, "arrivals_type") != "periodic") {
    return std::nullopt;
  }
  return point;
}

bool replays_test_sequences(const StoredRun& run) {
  return word(run, "test_metric_sequence_type") == "replay" &&
         (word(run, "arrivals_type") == "periodic" || word(run, "test_arrivals_type") == "replay");
}

double test_images(const StoredRun& run) {
  return number(run, "test_sequences").value_or(0) * number(run, "test_images").value_or(0);
}

std::vector<GroupAtPoint> groups_at_points(const std::vector<SummaryGroup>& groups) {
  std::vector<GroupAtPoint> found;
  for (const SummaryGroup& group : groups)
    if (const std::optional<PointSettings> point = point_of(*group.runs.front()))
      found.push_back({&group, *point});
  return found;
}

std::vector<const SummaryGroup*> matching_groups(const std::vector<GroupAtPoint>& groups,
                                                 const PublishedLoss& published) {
  const bool is_dqn = published.policy == Policy::dqn;
  const bool has_length = is_dqn && published.history.has_value();
  std::vector<const SummaryGroup*> found;
  for (const auto& [group, point] : groups) {
    if (!same_point(point, published.settings)) continue;
    if (has_length && !has_history(*group, previous_metrics(*published.history))) continue;
    if (!losses_of(group->runs, published.policy).empty()) found.push_back(group);
  }
  const auto other_history = [](const SummaryGroup* group) {
    return !has_history(*group, kReleasedPreviousMetrics);
  };
  if (is_dqn && !has_length && !std::all_of(found.begin(), found.end(), other_history))
    std::erase_if(found, other_history);
  double most = 0;
  for (const SummaryGroup* group : found) most = std::max(most, test_images(*group->runs.front()));
  std::erase_if(
      found, [&](const SummaryGroup* group) { return test_images(*group->runs.front()) < most; });
  return found;
}

bool same_losses(const std::vector<const SummaryGroup*>& groups, Policy policy) {
  return std::all_of(groups.begin(), groups.end(), [&](const SummaryGroup* group) {
    return losses_of(group->runs, policy) == losses_of(groups.front()->runs, policy);
  });
}

}  // namespace edgesweep
