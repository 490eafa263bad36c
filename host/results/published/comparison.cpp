#include "host/results/published/comparison.h"

#include <map>
#include <tuple>

#include "host/results/published/comparison_lines.h"
#include "host/results/published/match.h"

namespace edgesweep {
namespace {

using Status = ComparedPoint::Status;

/// The sequence of Fig. 6, whose weak loss agrees best with the lower bounds of correlated images
/// (experiments/datasets/README.md, "The lower bounds of Fig. 5 and 6").
constexpr double kFigure6Spread = 0.1;
constexpr double kFigure6Reset = 0.1;

/// Compares single points of one sweep.
class PointComparer {
 public:
  PointComparer(const std::vector<GroupAtPoint>& groups,
                const std::vector<SequenceWeakLoss>& weak_losses,
                const std::function<double(const StoredRun&)>& mean_weak_cost)
      : groups_(groups), weak_losses_(weak_losses), mean_weak_cost_(mean_weak_cost) {}

  ComparedPoint loss(const PublishedLoss& published) const;
  /// dqn, mdp: two published losses of one point.
  ComparedPoint gain(const PublishedLoss& dqn, const PublishedLoss& mdp) const;

 private:
  const SequenceWeakLoss* weak_loss_of(const ComparedPoint& point) const {
    const PointSettings& settings = point.published.settings;
    return point.unidentified
               ? find_weak_loss(weak_losses_, kFigure6Spread, kFigure6Reset)
               : find_weak_loss(weak_losses_, settings.spread, settings.reset_probability);
  }

  const std::vector<GroupAtPoint>& groups_;
  const std::vector<SequenceWeakLoss>& weak_losses_;
  const std::function<double(const StoredRun&)>& mean_weak_cost_;
};

/// The one group that stands for the point, or null and why.
const SummaryGroup* group_for(const std::vector<const SummaryGroup*>& groups, Policy policy,
                              Status& status) {
  status = groups.empty()                 ? Status::absent
           : !same_losses(groups, policy) ? Status::ambiguous
                                          : Status::compared;
  return status == Status::compared ? groups.front() : nullptr;
}

void set_ours(ComparedPoint& point, const SummaryGroup& group, const OurValue& ours,
              double published, double level_error) {
  point.run = group.runs.front()->result.id;
  point.seeds = ours.seeds;
  point.replayed = ours.replayed;
  point.value = published;
  point.ours = ours.mean;
  point.difference = ours.mean - published;
  point.intervals = compared_intervals(ours, level_error);
}

ComparedPoint PointComparer::loss(const PublishedLoss& published) const {
  ComparedPoint point;
  point.published = published;
  point.curve = policy_name(published.policy);
  point.unidentified =
      published.policy == Policy::lower_bound && published.settings.spread.has_value();
  const SummaryGroup* group =
      group_for(matching_groups(groups_, published), published.policy, point.status);
  if (group == nullptr) return point;
  const SequenceWeakLoss* weak = weak_loss_of(point);
  if (weak == nullptr) {
    point.status = Status::no_weak_loss;
    return point;
  }
  const double level = mean_weak_cost_(*group->runs.front()) - weak->weak_loss;
  set_ours(point, *group, our_loss(*group, published.policy), published.loss + level,
           weak->standard_error);
  return point;
}

ComparedPoint PointComparer::gain(const PublishedLoss& dqn, const PublishedLoss& mdp) const {
  ComparedPoint point;
  point.published = dqn;
  point.curve = kGainCurve;
  const SummaryGroup* group = group_for(matching_groups(groups_, dqn), Policy::dqn, point.status);
  if (group == nullptr) return point;
  const OurValue ours = our_gain(*group);
  if (ours.seeds == 0)
    point.status = Status::absent;  // no MDP
  else
    set_ours(point, *group, ours, mdp.loss - dqn.loss, 0);
  return point;
}

/// Each published DQN loss with the MDP's of the same place.
std::vector<std::pair<const PublishedLoss*, const PublishedLoss*>> published_pairs(
    const std::vector<PublishedLoss>& published) {
  using Place = std::tuple<std::string, std::string, std::optional<double>>;
  const auto place = [](const PublishedLoss& loss) {
    return Place{loss.figure, loss.panel, loss.x};
  };
  std::map<Place, const PublishedLoss*> mdp;
  for (const PublishedLoss& loss : published)
    if (loss.policy == Policy::mdp) mdp[place(loss)] = &loss;
  std::vector<std::pair<const PublishedLoss*, const PublishedLoss*>> pairs;
  for (const PublishedLoss& loss : published) {
    const auto found = mdp.find(place(loss));
    if (loss.policy == Policy::dqn && found != mdp.end()) pairs.emplace_back(&loss, found->second);
  }
  return pairs;
}

}  // namespace

Comparison compare_with_published(const StoredSweep& sweep,
                                  const std::vector<PublishedLoss>& published,
                                  const std::vector<SequenceWeakLoss>& weak_losses,
                                  const std::function<double(const StoredRun&)>& mean_weak_cost) {
  const std::vector<SummaryGroup> groups = group_by_seed(sweep);
  const std::vector<GroupAtPoint> at_points = groups_at_points(groups);
  const PointComparer comparer(at_points, weak_losses, mean_weak_cost);
  Comparison comparison;
  for (const PublishedLoss& loss : published) comparison.points.push_back(comparer.loss(loss));
  for (const auto& [dqn, mdp] : published_pairs(published))
    comparison.points.push_back(comparer.gain(*dqn, *mdp));
  add_lines(comparison);
  return comparison;
}

const char* status_name(Status status) {
  switch (status) {
    case Status::compared:
      return "compared";
    case Status::absent:
      return "absent";
    case Status::ambiguous:
      return "ambiguous";
    case Status::no_weak_loss:
      return "no weak loss known";
  }
  return "";
}

}  // namespace edgesweep
