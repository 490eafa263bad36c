#pragma once
#include "kernels/portability.cuh"

namespace edgesweep {

// Sizes of blocks and tiles that kernels and planner (host/engine/plan/device_plan) agree on.

/// Threads of every block that multiplies: 16 across the columns, 16 down the rows of a tile.
constexpr int kBlockThreads = 256;
constexpr int kTileDepth = 16;
constexpr int kTileColumns = 64;
constexpr int kColumnsPerThread = 4;

/// Rows of a tile of C when each thread takes that many.
EDGESWEEP_HD constexpr int tile_rows(int rows_per_thread) { return 16 * rows_per_thread; }

/// Floats between two depths of a staged panel; the padding keeps float4 aligned and spreads banks.
EDGESWEEP_HD constexpr int padded_panel(int width) { return width + 4; }

/// Shared memory that block_multiply needs: two stages of a panel of A (128 rows) and of B.
constexpr int kStagingFloats =
    2 * kTileDepth * (padded_panel(tile_rows(8)) + padded_panel(kTileColumns));

/// Training: depths of a stage of weights, its floats (64 rows of depths or of units, padded), and
/// shared memory for two of them.
constexpr int kStageDepth = 16;
constexpr int kWeightStageFloats = 64 * (kStageDepth + 4);
constexpr int kWeightStagesFloats = 2 * kWeightStageFloats;

/// Sizes of a network that training keeps in shared memory: its layers and one more.
constexpr int kSizesInShared = 64;

/// Columns of the output layer that training works on together.
constexpr int kPanelOutputs = 32;

/// Windows of a tile of launch_targets, images of a tile of launch_network_policies.
constexpr int kTargetWindows = 128;
constexpr int kSimulationImages = 128;

}  // namespace edgesweep
