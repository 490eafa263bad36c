#pragma once
#include <optional>
#include <vector>

#include "host/results/published/published_losses.h"
#include "host/results/summary.h"

namespace edgesweep {

// Which runs of a results file stand for a published point: those that have all settings the point
// states. What it does not state (the schedule of the training, its gaps in the state, ...) is
// free.

/// The settings of a run as those of a point; nothing for a run that trains on replayed sequences
/// or arrivals, whose law is not known.
std::optional<PointSettings> point_of(const StoredRun& run);

/// Did the run meet replayed test sequences and gaps? They are the released ones if
/// experiments/released_sequences.py wrote them.
bool replays_test_sequences(const StoredRun& run);

/// Test images that a loss of the run is an average of: sequences x images.
double test_images(const StoredRun& run);

/// Runs that differ in seed alone, with the point they are at.
struct GroupAtPoint {
  const SummaryGroup* group = nullptr;
  PointSettings point;
};

/// Those groups that have a point; `groups` must outlive the result.
std::vector<GroupAtPoint> groups_at_points(const std::vector<SummaryGroup>& groups);

/// Groups with the settings and policy of a published loss. For the DQN, one that does not state
/// its history means 95 previous metrics (the released default) if there are such runs among
/// several.
std::vector<const SummaryGroup*> matching_groups(const std::vector<GroupAtPoint>& groups,
                                                 const PublishedLoss& published);

/// Do all groups give the policy the same losses, seed by seed? Runs that differ in settings of the
/// DQN alone do for the other policies.
bool same_losses(const std::vector<const SummaryGroup*>& groups, Policy policy);

}  // namespace edgesweep
