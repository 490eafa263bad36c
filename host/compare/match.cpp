#include "host/compare/match.h"

#include <algorithm>

#include "host/results/settings_columns.h"

namespace edgesweep {
namespace {

std::string word(const StoredRun& run, const std::string& setting) {
  return plain_text(setting_text(run, setting));
}

double number(const StoredRun& run, const std::string& setting) {
  return number_in(setting_text(run, setting)).value_or(0);
}

bool has_setting(const StoredRun& run, const StatedSetting& stated) {
  const std::string text = setting_text(run, stated.column);
  const std::optional<double> value = number_in(text);
  if (stated.number && value) return same_setting(*stated.number, *value);
  return plain_text(text) == stated.text;
}

bool concerns(const StatedSetting& stated, Policy policy) {
  return policy == Policy::dqn || !stated.column.starts_with("dqn_");
}

/// Whether the row says of this part of the test what it is.
bool states(const PublishedPoint& point, const std::string& part) {
  return std::any_of(
      point.settings.begin(), point.settings.end(),
      [&](const StatedSetting& stated) { return stated.column.starts_with(part + "_"); });
}

/// Is the run tested on what it is trained on, or on replays (of it), where the row does not say?
bool tested_as_meant(const StoredRun& run, const PublishedPoint& point) {
  for (const std::string part : {"test_metric_sequence", "test_arrivals"}) {
    const std::string type = word(run, part + "_type");
    if (!type.empty() && type != "replay" && !states(point, part)) return false;
  }
  return true;
}

/// Keeps the groups that have the setting, if any has.
void prefer(const StatedSetting& stated, std::vector<const SummaryGroup*>& groups) {
  const auto lacks = [&](const SummaryGroup* group) {
    return !has_setting(*group->runs.front(), stated);
  };
  if (!std::all_of(groups.begin(), groups.end(), lacks)) std::erase_if(groups, lacks);
}

}  // namespace

bool replays_test_sequences(const StoredRun& run) {
  return word(run, "test_metric_sequence_type") == "replay" &&
         (word(run, "arrivals_type") == "periodic" || word(run, "test_arrivals_type") == "replay");
}

double test_images(const StoredRun& run) {
  return number(run, "test_sequences") * number(run, "test_images");
}

std::vector<const SummaryGroup*> matching_groups(const std::vector<SummaryGroup>& groups,
                                                 const PublishedPoint& point, Policy policy) {
  std::vector<const SummaryGroup*> found;
  for (const SummaryGroup& group : groups) {
    const StoredRun& run = *group.runs.front();
    const bool matches =
        std::all_of(point.settings.begin(), point.settings.end(), [&](const StatedSetting& stated) {
          return stated.preferred || !concerns(stated, policy) || has_setting(run, stated);
        });
    if (matches && tested_as_meant(run, point) && !losses_of(group.runs, policy).empty())
      found.push_back(&group);
  }
  for (const StatedSetting& stated : point.settings)
    if (stated.preferred && concerns(stated, policy)) prefer(stated, found);
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
