#pragma once
#include <algorithm>

#include "host/engine/network/network_shape.h"
#include "kernels/bucket.cuh"

namespace edgesweep {

/// Columns of every matrix of the CPU path are padded to this many floats; padding holds exact
/// zeros.
constexpr int kPadding = 16;
constexpr int padded(int count) { return (count + kPadding - 1) / kPadding * kPadding; }

/// Floats from row to row of a matrix of rows this long that is also read column by column: an odd
/// number of cache lines, so that a column does not fall into a few sets of the cache.
constexpr int padded_stride(int count) { return (padded(count) / kPadding | 1) * kPadding; }

// Rows of values after the action (kernels/targets.cuh: a = 0..M) may be read up to kPadding floats
// before their first and behind their last; they are padded_values(bucket) apart.
constexpr int padded_values(const TokenBucket& bucket) { return padded(bucket.capacity + 1); }

/// Columns of the last layer that are worked on together: forward, gradient and update while they
/// are in the first cache.
constexpr int kPanelColumns = 64;

/// Columns of the widest hidden layer, padded.
inline int padded_widest_hidden(const NetworkShape& shape) {
  int widest = 0;
  for (int l = 1; l < shape.layers(); ++l)
    widest = std::max(widest, padded(shape.sizes[static_cast<size_t>(l)]));
  return widest;
}

}  // namespace edgesweep
