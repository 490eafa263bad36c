#pragma once
#include <vector>

#include "host/engine/cpu/simd.h"
#include "host/engine/network/aligned.h"
#include "host/engine/network/network_shape.h"

namespace edgesweep {

/// The parameters of one network as the vector kernels want them: per layer (inputs x columns)
/// weights, columns = outputs padded with zeros to kPadding, then `columns` biases. Used for values
/// and for Adam's moments.
class PaddedParameters {
 public:
  PaddedParameters() = default;
  explicit PaddedParameters(const NetworkShape& shape);

  /// From and to the unpadded layout of TrainingState.
  void load(const std::vector<float>& parameters);
  void store(std::vector<float>& parameters) const;

  float* weights(int layer) { return data_.data() + layers_[static_cast<size_t>(layer)].weights; }
  const float* weights(int layer) const {
    return data_.data() + layers_[static_cast<size_t>(layer)].weights;
  }
  float* biases(int layer) { return data_.data() + layers_[static_cast<size_t>(layer)].biases; }
  const float* biases(int layer) const {
    return data_.data() + layers_[static_cast<size_t>(layer)].biases;
  }
  int columns(int layer) const { return layers_[static_cast<size_t>(layer)].columns; }

 private:
  struct Layer {
    int inputs, outputs, columns;
    size_t weights, biases;
  };
  std::vector<Layer> layers_;
  AlignedVector<float> data_;
};

}  // namespace edgesweep
