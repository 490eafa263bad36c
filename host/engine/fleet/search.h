#pragma once
#include <functional>
#include <vector>

#include "host/engine/fleet/fleet_simulation.h"
#include "host/engine/problem/run_result.h"
#include "host/stop_request.h"

namespace edgesweep {

// Which bucket (r_i, b_i) the cameras behind a switch should have: docs/model.md#bucket-search.

/// A switch to search for, and the rate and depth of a camera's share of it.
struct SearchSwitch {
  FleetSwitch at_switch;
  double rate = 0;
  double depth = 0;
};

struct SearchProblem {
  SequenceSource source;  ///< training images
  SimulationSize size;
  std::vector<double> rates, depths;  ///< the grid; a point that holds_share is tried
  std::vector<SearchSwitch> switches;
  /// The cameras' policy for a bucket. Asked once for each bucket, from any thread. May throw
  /// Stopped.
  std::function<RankPolicy(const TokenBucket&)> policy;
};

/// Steps of all simulations, in images decided by a camera and slots of a switch.
struct SearchWork {
  double grid_points = 0;         ///< simulations of a search without tricks
  double plain_camera_steps = 0;  ///< of these, and as many slots
  double plain_buckets = 0;       ///< simulations when equal integer buckets are simulated once
  double camera_steps = 0;        ///< done
  double slots = 0;               ///< done
};

struct SearchOutcome {
  /// By switch, in the order of the grid. The best is among them.
  std::vector<std::vector<SearchPoint>> points;
  SearchWork work;
  bool stopped = false;
};

/// What a search has found so far, between two of its passes over sixteen sequences: all that it
/// goes on from. What is found for a switch does not depend on the others.
struct SearchState {
  int64_t passes = 0;  ///< done
  // [bucket * switches + switch], buckets of the grid in its order, equal ones once.
  std::vector<uint8_t> wanted;  ///< may still win
  std::vector<double> reward;   ///< sum so far
  std::vector<int64_t> rounds;  ///< of sixteen sequences that it has been through
  /// [switch]: the bucket that earned most in the first pass; -1: not known, or none.
  std::vector<int64_t> leader;
};

/// What is saved of a search, to resume it.
struct SavedSearch {
  std::vector<std::string> switches;  ///< texts that tell them apart
  SearchState state;                  ///< its columns are in their order
};

/// What a search asks and tells meanwhile. Null functions are left out.
struct SearchHooks {
  StopRequest stop_requested;
  /// Work done since the start, and left at most (buckets that are given up take none), in images
  /// decided by a camera and slots of a switch. From any thread.
  std::function<void(double done, double left)> on_work;
  /// After each pass.
  std::function<void(const SearchState&)> on_pass;
};

/// The first of the largest rewards, as the reference takes it.
const SearchPoint& best_point(const std::vector<SearchPoint>& points);

/// Finds what search_fleets_plainly finds. Points with the same integers (Q, P, M) are one; all
/// switches are served by one pass of the cameras; after every sixteen sequences a point is given
/// up at the switches where it cannot win any more, even if from now on every token went to an
/// image of the highest reward, or every rewarding image passed. earlier: goes on from there, and
/// ends with the same bits; null: from the beginning.
SearchOutcome search_fleets(const SearchProblem& problem, const FleetSimulator& simulate,
                            const SearchHooks& hooks = {}, const SearchState* earlier = nullptr);

}  // namespace edgesweep
