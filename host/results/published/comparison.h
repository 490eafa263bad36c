#pragma once
#include <functional>
#include <string>
#include <vector>

#include "host/results/published/noise.h"
#include "host/results/published/published_losses.h"
#include "host/results/published/sequence_weak_losses.h"

namespace edgesweep {

/// How much higher than the published loss a DQN's may be: the project's goal, for 95 % of the
/// points.
constexpr double kGoalMargin = 3e-4;

/// A published value beside ours.
struct ComparedPoint {
  enum class Status {
    compared,
    absent,        ///< no run has these settings and this policy
    ambiguous,     ///< several runs have, with different losses
    no_weak_loss,  ///< the weak loss of its sequence is not known, so its level is not
  };
  PublishedLoss published;  ///< of the DQN for the gain
  std::string curve;        ///< name of the policy, or kGainCurve
  Status status = Status::absent;
  /// The published lower bounds of correlated images come from a sequence that nobody identified:
  /// compared with the weak loss of Fig. 6's, listed, and left out of totals.
  bool unidentified = false;
  std::string run;  ///< id of the first run of ours
  int64_t seeds = 0;
  bool replayed = false;  ///< ours met replayed test sequences
  double value = 0;       ///< published, with the level of our losses
  double ours = 0;
  double difference = 0;  ///< ours - published
  ComparedIntervals intervals;
};

/// loss(mdp) - loss(dqn): free of the level.
constexpr const char* kGainCurve = "dqn_gain";

/// One curve of one figure, or of all.
struct ComparisonLine {
  std::string figure;  ///< "all": the sum of the figures
  std::string curve;
  bool unidentified = false;
  int64_t compared = 0;
  int64_t absent = 0;
  int64_t ambiguous = 0;  ///< or without known level
  double mean_difference = 0;
  double mean_absolute = 0;
  double largest = 0;         ///< the difference that is largest in absolute value, with its sign
  std::string largest_point;  ///< "panel a, b 2"
  int64_t with_interval = 0;  ///< points that have one
  int64_t in_ours = 0;        ///< of them, published values inside ComparedIntervals::ours
  int64_t in_both = 0;        ///< ... ::both
  int64_t within_goal = 0;    ///< dqn: ours is at most kGoalMargin above the published loss
};

struct Comparison {
  std::vector<ComparedPoint> points;  ///< in the order of the published losses, gains after them
  std::vector<ComparisonLine>
      lines;  ///< figure by figure, then all; only figures with a comparison
  std::vector<std::string> absent_figures;  ///< figures of which no point is compared
};

/// Every published loss beside the runs of `sweep`. mean_weak_cost: of the test images of a run's
/// dataset.
Comparison compare_with_published(const StoredSweep& sweep,
                                  const std::vector<PublishedLoss>& published,
                                  const std::vector<SequenceWeakLoss>& weak_losses,
                                  const std::function<double(const StoredRun&)>& mean_weak_cost);

/// "compared", "absent", "ambiguous" or "no weak loss known".
const char* status_name(ComparedPoint::Status status);

}  // namespace edgesweep
