#pragma once
#include <cstdint>
#include <vector>

namespace edgesweep::testing {

// docs/model-datasets.md#calibration as it is written, with the C library's functions. logits:
// (images x classes), row-major.

/// Mean over the images of -log softmax(inverse_temperature * logits)[label].
double plain_cross_entropy(const std::vector<double>& logits, int64_t classes,
                           const std::vector<int32_t>& label, double inverse_temperature);

/// Six rounds of ten points.
double plain_calibration(const std::vector<double>& logits, int64_t classes,
                         const std::vector<int32_t>& label);

/// - sum of p log p.
double plain_entropy(const double* logits, int64_t classes, double inverse_temperature);

}  // namespace edgesweep::testing
