#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "host/compare/published_table.h"
#include "host/results/statistics.h"
#include "host/results/stored_inputs.h"
#include "host/results/summary.h"

namespace edgesweep {

// How far ours and a published loss may lie apart by chance alone. All parts are half-widths of 95
// % intervals, added as roots of sums of squares.

/// A policy's loss over the seeds of a group, or how much the DQN gains on the MDP.
struct OurValue {
  double mean = 0;
  int64_t seeds = 0;
  Interval over_seeds;        ///< bootstrap of the mean; NaN for one seed
  double sequence_error = 0;  ///< standard error over test sequences, the same ones for all seeds;
                              ///< NaN: not known
  double images = 0;          ///< test images behind it
  bool is_trained = false;    ///< by the DQN, so that the seed and the training matter
  bool replayed = false;      ///< on the published test sequences
};

OurValue our_loss(const SummaryGroup& group, Policy policy);
OurValue our_gain(const SummaryGroup& group);

struct ComparedIntervals {
  Interval ours;  ///< the published value should lie here if it had no noise of its own
  Interval both;  ///< the same with the noise of the published value
};

/// On sequences of our own, `ours` has the spread over seeds (if there are several) and the noise
/// of our sequences; `both` also that of the published sequences, of the published training and of
/// the level. On the published sequences neither has noise of sequences, and `ours` is `both`. A
/// single training of ours is taken to vary as much as a published one, in `both` alone. NaN where
/// nothing is known to vary, or how much is not known.
ComparedIntervals compared_intervals(const OurValue& value, const PublishedNoise& noise);

/// mean(wcost_ts): the mean weak cost of all test images of a run's dataset, which is the level of
/// its losses (docs/model.md#loss).
class TestWeakLoss {
 public:
  /// sweep: as it was read from `file`; outlives this.
  TestWeakLoss(const StoredSweep& sweep, const std::string& file) : inputs_(sweep, file) {}

  /// Loss of the policy `weak` if the run has it; else from the dataset. Throws InputError when
  /// StoredInputs does not find that.
  double of(const StoredRun& run);

 private:
  StoredInputs inputs_;
  std::map<std::string, double> known_;  ///< by dataset
};

/// loss(mdp) - loss(dqn): free of the level.
constexpr const char* kGainCurve = "dqn_gain";

/// A published value beside ours.
struct ComparedPoint {
  enum class Status {
    compared,
    absent,       ///< no run has these settings and this policy
    ambiguous,    ///< several runs have, with different losses
    other_level,  ///< the run's test images have another mean weak cost than the row states
  };
  const PublishedPoint* row = nullptr;  ///< lives where the tables are
  std::string curve;                    ///< name of the policy, or kGainCurve
  Status status = Status::absent;
  double value = 0;                 ///< published
  std::optional<double> tolerance;  ///< how far above it ours may be
  std::string run;                  ///< id of the first run of ours
  int64_t seeds = 0;
  bool replayed = false;  ///< ours met replayed test sequences
  double ours = 0;
  double difference = 0;  ///< ours - published
  ComparedIntervals intervals;
};

/// Every published loss beside the runs of `sweep`, curve by curve in the order of the columns,
/// then the gains of rows that have both losses. tables: outlives the points. mean_weak_cost: of
/// the test images of a run's dataset; asked for where a row states one.
std::vector<ComparedPoint> compared_points(
    const StoredSweep& sweep, const PublishedTables& tables,
    const std::function<double(const StoredRun&)>& mean_weak_cost);

/// "compared", "absent", "ambiguous" or "other level".
const char* status_name(ComparedPoint::Status status);

/// "panel a, b 2": where a row lies in its figure; "line 7" where it does not say.
std::string place_text(const PublishedPoint& row);

}  // namespace edgesweep
