#pragma once
#include "host/engine/network/network_shape.h"

namespace edgesweep {

// What training takes on the CPU, in bytes: the sizes of host/engine/cpu's matrices.

/// Of a network with its TrainingState.
double network_bytes(const NetworkShape& shape);

/// Of the room for one Q iteration, which networks on one thread share. bucket: its states are the
/// network's outputs.
double scratch_bytes(const DqnSettings& dqn, const TokenBucket& bucket, const NetworkShape& shape);

}  // namespace edgesweep
