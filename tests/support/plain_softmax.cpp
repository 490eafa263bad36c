#include "tests/support/plain_softmax.h"

#include <algorithm>
#include <cmath>

namespace edgesweep::testing {
namespace {

/// Logarithm of each class's probability.
std::vector<double> log_softmax(const double* logits, int64_t classes, double inverse_temperature) {
  const double greatest = *std::max_element(logits, logits + classes);
  double partition = 0;
  for (int64_t c = 0; c < classes; ++c)
    partition += std::exp(inverse_temperature * (logits[c] - greatest));
  std::vector<double> result;
  for (int64_t c = 0; c < classes; ++c)
    result.push_back(inverse_temperature * (logits[c] - greatest) - std::log(partition));
  return result;
}

}  // namespace

double plain_cross_entropy(const std::vector<double>& logits, int64_t classes,
                           const std::vector<int32_t>& label, double inverse_temperature) {
  double sum = 0;
  for (size_t i = 0; i < label.size(); ++i) {
    const double* row = logits.data() + static_cast<int64_t>(i) * classes;
    sum -= log_softmax(row, classes, inverse_temperature)[static_cast<size_t>(label[i])];
  }
  return sum / static_cast<double>(label.size());
}

double plain_calibration(const std::vector<double>& logits, int64_t classes,
                         const std::vector<int32_t>& label) {
  double low = 0, high = 2, best = 0;
  for (int round = 0; round < 6; ++round) {
    const double step = (high - low) / 9;
    double least = INFINITY;
    for (int i = 0; i < 10; ++i) {
      const double cross_entropy = plain_cross_entropy(logits, classes, label, low + i * step);
      if (cross_entropy >= least) continue;
      least = cross_entropy;
      best = low + i * step;
    }
    low = std::max(0.0, best - step);
    high = best + step;
  }
  return best;
}

double plain_entropy(const double* logits, int64_t classes, double inverse_temperature) {
  double entropy = 0;
  for (const double log_probability : log_softmax(logits, classes, inverse_temperature)) {
    const double probability = std::exp(log_probability);
    if (probability > 0) entropy -= probability * log_probability;
  }
  return entropy;
}

}  // namespace edgesweep::testing
