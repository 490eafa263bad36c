#include "host/compare/noise.h"

#include <cmath>
#include <initializer_list>

#include "host/compare/match.h"
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

}  // namespace edgesweep
