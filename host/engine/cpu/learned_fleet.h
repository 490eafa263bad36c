#pragma once
#include <vector>

#include "host/engine/cpu/simulated_network.h"
#include "host/engine/cpu/training_scratch.h"
#include "host/engine/fleet/learned_fleet_simulation.h"
#include "host/engine/network/aligned.h"
#include "host/engine/problem/problem.h"
#include "host/stop_request.h"

namespace edgesweep {
/// Fleets side by side whose cameras all decide by one network (kernels/fleet_network.cuh), one
/// sequence each, from its start on: all buckets are full, nothing is remembered. Each step is
/// decide(), then pass(). A row is a camera: sequence * cameras + camera.
class LearnedFleet {
 public:
  /// Sequences first .. first + sequences - 1 of the source. fleet, network and source outlive
  /// this.
  LearnedFleet(const FleetNetwork& fleet, const SimulatedNetwork& network,
               const SequenceSource& source, int64_t first, int64_t sequences);

  /// All cameras draw their images and decide.
  void decide();
  /// The switches take the offloads; cameras remember what became of theirs.
  void pass();

  int rows() const { return static_cast<int>(wants_offload_.size()); }
  /// (kFleetInputs x rows), what the cameras decide by; until pass().
  const float* inputs() const { return inputs_.data(); }
  const std::vector<uint32_t>& rank() const { return rank_; }  ///< of the images
  const std::vector<uint8_t>& wants_offload() const {
    return wants_offload_;
  }  ///< 1: to be offloaded
  /// After pass(): units of the switch when the camera's slot began, and what it let pass.
  const std::vector<int32_t>& units() const { return units_; }
  const std::vector<uint8_t>& passed() const { return passed_; }

 private:
  void draw();
  void remember();

  const FleetNetwork& fleet_;
  const SimulatedNetwork& network_;
  const float* metric_;  ///< by rank
  HiddenLayers layers_;
  std::vector<SequenceStream> stream_;  ///< by row
  std::vector<uint32_t> drawn_;         ///< [row * kDrawnSteps + step]
  std::vector<int32_t> gap_;            ///< all 1, not used
  int64_t step_ = 0;
  AlignedVector<float> inputs_;
  std::vector<const float*> hidden_, difference_;
  std::vector<float> dot_;
  std::vector<uint32_t> rank_;
  std::vector<uint8_t> wants_offload_, passed_;
  std::vector<int32_t> own_units_, units_;
  std::vector<int32_t> switch_units_;  ///< by sequence
};

/// Sequences that are worth walking side by side: rows enough for the matrix kernels.
int64_t fleets_together(int32_t cameras);

/// On all threads; the bits do not depend on them.
LearnedFleetOutcome simulate_learned_fleet(const LearnedFleetRequest& request);

/// What a fleet's network learns from in one Q iteration, in the place of windows and targets.
/// Fleets of fresh sequences, all of whose cameras decide by the network as it is (`weights`), are
/// simulated; a row is an image of one camera: its inputs, and as `reward` what the whole fleet
/// gains when that image is offloaded beside when it is kept (kernels/fleet_network.cuh
/// offload_gain) - known for both actions, whichever was taken. Targets are half of it for Q1 and
/// minus half for Q0. Rows mix sequences and steps evenly.
///
/// scratch: begun for this iteration. On all threads of the arena; the bits do not depend on them.
/// False: `stop` asked for it before all training samples were there.
bool draw_training_samples(const TrainingProblem& problem, const std::vector<float>& weights,
                           int64_t iteration, TrainingScratch& scratch,
                           const StopRequest& stop = {});

}  // namespace edgesweep
