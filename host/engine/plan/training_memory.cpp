#include "host/engine/plan/training_memory.h"

#include "host/engine/network/padding.h"
#include "host/engine/problem/windows.h"

namespace edgesweep {

double network_bytes(const NetworkShape& shape) {
  double parameters = 0;
  for (int l = 0; l < shape.layers(); ++l)
    parameters += (shape.sizes[l] + 1.0) * padded(shape.sizes[l + 1]);
  // Weights and two moments as the kernels want them, then the same and the best weights as stored.
  return sizeof(float) * (3 * parameters + 4.0 * static_cast<double>(shape.parameters()));
}

double scratch_bytes(const DqnSettings& dqn, const TokenBucket& bucket, const NetworkShape& shape) {
  const double rows = static_cast<double>(windows_per_iteration(dqn));
  double hidden = 0;
  for (int l = 1; l < shape.layers(); ++l)
    hidden += padded_stride(shape.sizes[static_cast<size_t>(l)]);
  const int widest = widest_hidden(shape);
  const double step =
      dqn.batch * (hidden + 2.0 * padded_stride(widest) + padded_stride(kPanelColumns)) +
      static_cast<double>(std::max(widest, kPanelColumns)) * widest;
  return windows_bytes(dqn) + sizeof(float) * (rows * (padded_values(bucket) + 2.0) + step);
}

}  // namespace edgesweep
