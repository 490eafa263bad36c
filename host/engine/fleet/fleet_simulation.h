#pragma once
#include <functional>
#include <vector>

#include "host/engine/problem/fleet_problem.h"
#include "host/engine/problem/sequence_source.h"
#include "host/stop_request.h"
#include "kernels/fleet.cuh"

namespace edgesweep {

// Simulation of fleets, docs/model.md#fleets. Fleets of all sizes see the same images: camera d of
// sequence s draws from a stream of its own (kernels/fleet.cuh), whatever its policy and its
// switch.

/// One simulation: every policy behind every switch (pooled: with every number of cameras).
struct FleetRequest {
  /// Periodic arrivals. Replayed: row sequence * (largest number of cameras) + camera.
  const SequenceSource* source = nullptr;
  SimulationSize size;  ///< images: time steps, so each camera sees so many
  FleetMode mode = FleetMode::cameras;
  std::vector<RankPolicy> policies;
  std::vector<FleetSwitch> switches;
  int64_t first_sequence = 0;  ///< sequences first .. first + size.sequences - 1
  /// [policy * switches + switch]: 0 is not simulated and gets zeros; empty: all are.
  std::vector<uint8_t> wanted;
  bool counts = true;  ///< `passed` and `offloads` are wanted
  /// Asked now and then, from any thread: true ends the simulation early. Null: never.
  StopRequest stop_requested;
  /// Told of work that was done: images decided by a camera plus slots of a switch. From any
  /// thread. Null: nobody is.
  std::function<void(double)> on_work;
};

/// Work of some of a request's policies on so many sequences.
double work_of(const FleetRequest& request, size_t first_policy, size_t policies,
               int64_t sequences);

/// What a fleet did in one sequence.
struct FleetSums {
  double reward = 0;     ///< of images that passed the switch, in the order of the slots
  int64_t passed = 0;    ///< offloads that found a token at the switch
  int64_t offloads = 0;  ///< of the cameras, lost ones too
  bool operator==(const FleetSums&) const = default;
};

struct FleetOutcome {
  /// [(policy * switches + switch) * sequences + sequence]
  std::vector<FleetSums> sums;
  bool stopped = false;  ///< ended early: the numbers are not to be used
};

inline bool is_wanted(const FleetRequest& request, size_t policy, size_t at_switch) {
  return request.wanted.empty() ||
         request.wanted[policy * request.switches.size() + at_switch] != 0;
}

/// Cameras that a request draws images for.
int32_t cameras_of(const FleetRequest& request);

/// How often the switch held n units when a slot began: [n - Q], n = Q..M (pooled: before an
/// image). Not to be used when a stop was requested meanwhile.
std::vector<int64_t> switch_occupancy(const FleetRequest& request, size_t policy,
                                      const FleetSwitch& fleet_switch);

/// What executes a request: simulate_fleet_on_cpu, or a GPU. Same bits.
using FleetSimulator = std::function<FleetOutcome(const FleetRequest&)>;

}  // namespace edgesweep
