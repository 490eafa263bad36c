#include "host/engine/network/decision_table.h"

namespace edgesweep {

DecisionTable make_decision_table(const NetworkShape& shape, const TokenBucket& bucket,
                                  Outputs outputs, const std::vector<float>& weights) {
  DecisionTable table;
  const int columns = shape.outputs();
  table.width = shape.sizes[shape.sizes.size() - 2];
  table.stride = (table.width + 15) / 16 * 16;
  const int64_t last_layer = (int64_t{table.width} + 1) * columns;
  const float* w = weights.data() + (shape.parameters() - last_layer);
  const float* bias = w + static_cast<ptrdiff_t>(table.width) * columns;
  for (int32_t units = bucket.cost; units <= bucket.capacity; ++units) {
    const int keep = keep_output(bucket, outputs, units);
    const int offload = offload_output(bucket, outputs, units);
    for (int k = 0; k < table.stride; ++k)
      table.difference.push_back(k < table.width
                                     ? w[static_cast<ptrdiff_t>(k) * columns + offload] -
                                           w[static_cast<ptrdiff_t>(k) * columns + keep]
                                     : 0.0f);
    table.bias_difference.push_back(bias[offload] - bias[keep]);
  }
  return table;
}

}  // namespace edgesweep
