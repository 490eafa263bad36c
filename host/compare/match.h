#pragma once
#include <vector>

#include "host/compare/published_table.h"
#include "host/results/summary.h"

namespace edgesweep {

// Which runs of a results file stand for a published loss: those that have every setting its row
// states. What the row does not state (the schedule of the training, its gaps in the state, ...) is
// free. Settings of the DQN count for the DQN alone, as no other policy depends on them.

/// Did the run meet replayed test sequences and gaps? They stand for those of the law that it was
/// trained on, and are taken for the very sequences that the published losses are of.
bool replays_test_sequences(const StoredRun& run);

/// Test images that a loss of the run is an average of: sequences x images.
double test_images(const StoredRun& run);

/// Groups with the settings and policy of a published loss; of several, those with the preferred
/// settings, if there are any, then those with the most test images. A run that is tested on
/// another law than it is trained on stands only for rows that state the law of the test.
std::vector<const SummaryGroup*> matching_groups(const std::vector<SummaryGroup>& groups,
                                                 const PublishedPoint& point, Policy policy);

/// Do all groups give the policy the same losses, seed by seed? Runs that differ in settings of the
/// DQN alone do for the other policies.
bool same_losses(const std::vector<const SummaryGroup*>& groups, Policy policy);

}  // namespace edgesweep
