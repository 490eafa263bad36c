#include "host/compare/comparison.h"

#include <fmt/format.h>

#include <cmath>

#include "host/compare/match.h"

namespace edgesweep {
namespace {

using Status = ComparedPoint::Status;

/// Compares single values with the runs of one sweep.
class PointComparer {
 public:
  PointComparer(const std::vector<SummaryGroup>& groups,
                const std::function<double(const StoredRun&)>& mean_weak_cost)
      : groups_(groups), mean_weak_cost_(mean_weak_cost) {}

  ComparedPoint loss(const PublishedPoint& row, Policy policy) const;
  /// Of a row that has losses of the DQN and the MDP.
  ComparedPoint gain(const PublishedPoint& row) const;

 private:
  /// The one group that stands for the value; without one, the status says why.
  const SummaryGroup* group_for(ComparedPoint& point, Policy policy) const;
  bool at_level_of(const PublishedPoint& row, const SummaryGroup& group) const;

  const std::vector<SummaryGroup>& groups_;
  const std::function<double(const StoredRun&)>& mean_weak_cost_;
};

/// Means over the same images in another order of summation differ by less.
bool PointComparer::at_level_of(const PublishedPoint& row, const SummaryGroup& group) const {
  constexpr double kRounding = 1e-9;
  if (!row.mean_weak_cost) return true;
  const double ours = mean_weak_cost_(*group.runs.front());
  return std::abs(ours - *row.mean_weak_cost) <= kRounding * std::max(1.0, std::abs(ours));
}

const SummaryGroup* PointComparer::group_for(ComparedPoint& point, Policy policy) const {
  const std::vector<const SummaryGroup*> groups = matching_groups(groups_, *point.row, policy);
  point.status = groups.empty()                              ? Status::absent
                 : !same_losses(groups, policy)              ? Status::ambiguous
                 : !at_level_of(*point.row, *groups.front()) ? Status::other_level
                                                             : Status::compared;
  return point.status == Status::compared ? groups.front() : nullptr;
}

void set_ours(ComparedPoint& point, const SummaryGroup& group, const OurValue& ours,
              const PublishedNoise& noise) {
  point.run = group.runs.front()->result.id;
  point.seeds = ours.seeds;
  point.replayed = ours.replayed;
  point.ours = ours.mean;
  point.difference = ours.mean - point.value;
  point.intervals = compared_intervals(ours, noise);
}

ComparedPoint PointComparer::loss(const PublishedPoint& row, Policy policy) const {
  ComparedPoint point;
  point.row = &row;
  point.curve = policy_name(policy);
  point.value = row.losses.at(policy).loss;
  point.tolerance = row.losses.at(policy).tolerance;
  if (const SummaryGroup* group = group_for(point, policy))
    set_ours(point, *group, our_loss(*group, policy), row.noise);
  return point;
}

ComparedPoint PointComparer::gain(const PublishedPoint& row) const {
  ComparedPoint point;
  point.row = &row;
  point.curve = kGainCurve;
  point.value = row.losses.at(Policy::mdp).loss - row.losses.at(Policy::dqn).loss;
  const SummaryGroup* group = group_for(point, Policy::dqn);
  if (group == nullptr) return point;
  const OurValue ours = our_gain(*group);
  PublishedNoise noise = row.noise;
  noise.level_se = 0;  // both losses have the same
  if (ours.seeds == 0)
    point.status = Status::absent;  // no MDP
  else
    set_ours(point, *group, ours, noise);
  return point;
}

}  // namespace

std::vector<ComparedPoint> compared_points(
    const StoredSweep& sweep, const PublishedTables& tables,
    const std::function<double(const StoredRun&)>& mean_weak_cost) {
  const std::vector<SummaryGroup> groups = group_by_seed(sweep);
  const PointComparer comparer(groups, mean_weak_cost);
  std::vector<ComparedPoint> points;
  for (const Policy policy : tables.policies)
    for (const PublishedPoint& row : tables.points)
      if (row.losses.contains(policy)) points.push_back(comparer.loss(row, policy));
  for (const PublishedPoint& row : tables.points)
    if (row.losses.contains(Policy::mdp) && row.losses.contains(Policy::dqn))
      points.push_back(comparer.gain(row));
  return points;
}

const char* status_name(Status status) {
  switch (status) {
    case Status::compared:
      return "compared";
    case Status::absent:
      return "absent";
    case Status::ambiguous:
      return "ambiguous";
    case Status::other_level:
      return "other level";
  }
  return "";
}

std::string place_text(const PublishedPoint& row) {
  std::string text;
  if (!row.panel.empty()) text = "panel " + row.panel;
  if (row.x)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", row.x_name.empty() ? "x" : row.x_name,
                        *row.x);
  return text.empty() ? fmt::format("line {}", row.line) : text;
}

}  // namespace edgesweep
