#pragma once
#include "host/engine/cpu/training_scratch.h"
#include "host/stop_request.h"

namespace edgesweep {

/// What a fleet's network learns from in one Q iteration, in the place of windows and targets.
/// Fleets of fresh sequences, all of whose devices decide by the network as it is (`weights`), are
/// simulated; a row is an image of one device: its inputs, and as `reward` what the whole fleet
/// gains when that image is offloaded beside when it is kept (kernels/fleet_network.cuh
/// offload_gain) - known for both actions, whichever was taken. Targets are half of it for Q1 and
/// minus half for Q0. Rows mix sequences and steps evenly.
///
/// scratch: begun for this iteration. On all threads of the arena; the bits do not depend on them.
/// False: `stop` asked for it before all lessons were there.
bool draw_lessons(const TrainingProblem& problem, const std::vector<float>& weights,
                  int64_t iteration, TrainingScratch& scratch, const StopRequest& stop = {});

}  // namespace edgesweep
