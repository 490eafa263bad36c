#pragma once
#include <functional>
#include <string>
#include <vector>

#include "host/compare/noise.h"
#include "host/compare/published_table.h"

namespace edgesweep {

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
