#pragma once
#include "host/config/settings.h"
#include "host/engine/run/backend.h"

namespace edgesweep {

/// The switch that the cameras of a run share.
FleetSwitch switch_of(const RunSettings& settings);

/// Does a run need the search that `hierarchical` makes?
bool needs_search(const RunSettings& settings);

/// Makes the searches that the jobs' `hierarchical` and `dqn` need, on all threads, and keeps them
/// in `inputs`. Jobs that differ in rate, depth and number of cameras alone share one search.
/// Before any of the jobs is prepared. The observer hears of them, and hands out what it kept of
/// them in an earlier session. False when a stop was requested meanwhile.
bool run_searches(const std::vector<RunJob>& jobs, InputCache& inputs,
                  const FleetSimulator& simulate, RunObserver& observer);

/// The searches of a sweep, before they are made.
struct SearchPlan {
  int64_t searches = 0;
  int64_t switches = 0;  ///< of all searches together
  int64_t points = 0;    ///< buckets to try, over all switches
  double work = 0;       ///< at most, in images decided by a camera and slots of a switch
};
SearchPlan plan_searches(const std::vector<RunSettings>& runs);

}  // namespace edgesweep
