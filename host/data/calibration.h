#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/data/logit_source.h"

namespace edgesweep {

// docs/model-datasets.md#calibration: the weak classifier's confidence. All results have the same
// bits on any machine and with any number of threads.

/// What one pass over the logits finds out about each image.
struct LogitSummary {
  /// Place of the true class when classes are sorted by descending logit, from 1; of equal logits
  /// the one of the lower class number comes first.
  std::vector<double> rank;
  std::vector<double> margin;  ///< greatest logit - logit of the true class
  int64_t right = 0;           ///< images whose true class has rank 1
  /// Images whose true class has not the greatest logit, but the class before it, or after it.
  int64_t right_before = 0, right_after = 0;
  /// No logit is below 0, and those of every image sum to 1, within 1e-3.
  bool are_probabilities = false;
};

/// label: true classes, one for each image, in 0..classes-1. Throws InputError(file, name) for a
/// logit that is not finite or larger than 1e300 in magnitude.
LogitSummary summarise_logits(const std::string& file, const std::string& name, LogitSource& logits,
                              const std::vector<int32_t>& label);

/// How the inverse temperature is searched.
inline constexpr int kCalibrationRounds = 6;
inline constexpr int kCalibrationPoints = 10;
inline constexpr double kLargestFirstTemperature = 2.0;

struct Calibration {
  double inverse_temperature = 1;
  double cross_entropy = 0;         ///< mean over the training images, with that temperature
  double cross_entropy_before = 0;  ///< with the inverse temperature 1
  /// The best point of the last round was its largest: the optimum lies beyond the searched range.
  bool at_upper_end = false;
};

/// Searches the inverse temperature that minimises the mean cross-entropy of the training images,
/// at least one: six rounds of ten evenly spaced points, first on [0, 2], each round on the
/// neighbours of the best point before. Passes over the logits seven times.
Calibration calibrate(LogitSource& logits, const std::vector<double>& margin,
                      const std::vector<bool>& is_training);

/// Entropy (natural logarithm) of softmax(inverse_temperature * logits) of each image.
std::vector<double> softmax_entropies(LogitSource& logits, double inverse_temperature);

}  // namespace edgesweep
