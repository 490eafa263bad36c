#include "host/engine/cpu/padded_network.h"

#include <algorithm>

#include "host/engine/network/padding.h"

namespace edgesweep {

PaddedParameters::PaddedParameters(const NetworkShape& shape) {
  size_t size = 0;
  for (int l = 0; l < shape.layers(); ++l) {
    Layer layer{shape.sizes[l], shape.sizes[l + 1], padded(shape.sizes[l + 1]), size, 0};
    size += static_cast<size_t>(layer.inputs) * layer.columns;
    layer.biases = size;
    size += static_cast<size_t>(layer.columns);
    layers_.push_back(layer);
  }
  data_.assign(size, 0.0f);
}

void PaddedParameters::load(const std::vector<float>& parameters) {
  const float* from = parameters.data();
  for (const Layer& layer : layers_)
    for (int row = 0; row <= layer.inputs; ++row) {  // the biases are one more row
      std::copy_n(from, layer.outputs,
                  data_.data() + layer.weights + static_cast<size_t>(row) * layer.columns);
      from += layer.outputs;
    }
}

void PaddedParameters::store(std::vector<float>& parameters) const {
  parameters.clear();
  for (const Layer& layer : layers_)
    for (int row = 0; row <= layer.inputs; ++row) {
      const float* from = data_.data() + layer.weights + static_cast<size_t>(row) * layer.columns;
      parameters.insert(parameters.end(), from, from + layer.outputs);
    }
}

}  // namespace edgesweep
