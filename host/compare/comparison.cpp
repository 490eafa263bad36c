#include "host/compare/comparison.h"

#include <fmt/format.h>

#include <cmath>
#include <initializer_list>

#include "host/compare/match.h"
#include "host/data/dataset.h"
#include "host/results/results_file.h"

namespace edgesweep {
namespace {

constexpr double kErrors95 = 1.96;  ///< standard errors to either side that hold 95 %

double root_of_squares(std::initializer_list<double> parts) {
  double sum = 0;
  for (const double part : parts) sum += part * part;
  return std::sqrt(sum);
}

OurValue value_over_seeds(const SummaryGroup& group, const std::vector<double>& values) {
  OurValue value;
  value.mean = mean(values);
  value.seeds = static_cast<int64_t>(values.size());
  value.over_seeds = mean_interval(values);
  value.images = test_images(*group.runs.front());
  value.replayed = replays_test_sequences(*group.runs.front());
  return value;
}

/// The interval about the mean that spans `seeds` and, to both sides, `more`.
Interval about(const OurValue& value, double more) {
  const bool several = !std::isnan(value.over_seeds.low);
  const double below = several ? value.mean - value.over_seeds.low : 0;
  const double above = several ? value.over_seeds.high - value.mean : 0;
  const Interval interval{value.mean - root_of_squares({below, more}),
                          value.mean + root_of_squares({above, more})};
  const bool has_width = interval.low < interval.high;  // not of NaN either
  return has_width ? interval : Interval{kNan, kNan};
}

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

OurValue our_loss(const SummaryGroup& group, Policy policy) {
  OurValue value = value_over_seeds(group, losses_of(group.runs, policy));
  std::vector<double> errors;
  for (const StoredRun* run : group.runs)
    if (const PolicyResult* result = find_policy(run->result, policy))
      errors.push_back(result->loss_se);
  value.sequence_error = mean(errors);
  value.is_trained = policy == Policy::dqn;
  return value;
}

OurValue our_gain(const SummaryGroup& group) {
  OurValue value = value_over_seeds(group, gains_of(group.runs));
  value.sequence_error = kNan;  // the files keep no losses by sequence
  value.is_trained = true;
  return value;
}

ComparedIntervals compared_intervals(const OurValue& value, const PublishedNoise& noise) {
  const double trainings = !value.is_trained ? 0 : value.seeds == 1 ? 2 : 1;
  const double training = kErrors95 * noise.dqn_training_sd * std::sqrt(trainings);
  const double level = kErrors95 * noise.level_se;
  if (value.replayed) {
    const Interval both = about(value, root_of_squares({training, level}));
    return {both, both};
  }
  if (value.sequence_error == 0) return {{kNan, kNan}, {kNan, kNan}};  // lower_bound: not simulated
  const double sequences = kErrors95 * value.sequence_error;
  const double published = noise.images ? sequences * std::sqrt(value.images / *noise.images) : 0;
  return {about(value, sequences),
          about(value, root_of_squares({sequences, published, training, level}))};
}

double TestWeakLoss::of(const StoredRun& run) {
  if (const PolicyResult* weak = find_policy(run.result, Policy::weak)) return weak->loss;
  const std::string path = inputs_.settings_of(run).dataset;
  const auto entry = known_.find(path);
  if (entry != known_.end()) return entry->second;
  return known_.emplace(path, load_dataset(path)->test.mean_weak_cost).first->second;
}

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
