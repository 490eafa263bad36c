#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "host/engine/problem/sequence_source.h"

namespace edgesweep::testing {

/// Ranks or gaps in independent parts, each of rows of equal length; the values of a row follow
/// each other in time. A generated sequence is a part of one row; windows, which are short, share
/// parts.
struct Sample {
  size_t row_length = 0;
  std::vector<std::vector<int32_t>> parts;

  double size() const;
  Sample reversed() const;  ///< every row backwards
};

struct DrawnSequences {
  Sample index, gap;
};

/// `images` images of each of the first sequences of a source, without the first `dropped` ones.
DrawnSequences draw_sequences(const SequenceSource& source, int64_t sequences, int64_t images,
                              int64_t dropped = 0);

/// Training windows of `length` images in `parts` parts of `windows` windows, oldest first. The
/// ranks are read back from the metrics, so the metric of image i of source.images must be i.
DrawnSequences draw_training_windows(const SequenceSource& source, int parts, int windows,
                                     int length);

/// Images 0..count-1 whose metric is their rank.
ImageSet ranked_images(int64_t count);

/// A generated source over `images` (which outlive it).
SequenceSource generated_source(const ImageSet& images, const MetricSequenceSettings& metrics,
                                const ArrivalChain& arrivals, uint64_t seed = 1,
                                Purpose purpose = Purpose::test);

/// Sums over each part of a sample. What is estimated is a function of the sums of all parts.
using PartSums = std::vector<std::vector<double>>;
using Statistic = std::function<double(const std::vector<double>& sums)>;

struct Estimate {
  double value = 0;
  double standard_error =
      0;  ///< by leaving out one part at a time, so values within a part may depend on each other
};
Estimate estimate(const PartSums& sums, const Statistic& statistic);

/// One value that a sample has to agree with.
struct Expected {
  enum class Relation { equal, at_most, at_least };
  std::string name;
  Statistic statistic;
  double value = 0;
  Relation relation = Relation::equal;  ///< of the sample's statistic to `value`
  double standard_error = 0;            ///< of `value`
  double slack = 0;  ///< let through besides, for frequencies of what hardly ever occurs
};

/// Sets the standard errors of values that were found in a sample of `size`, from one of the same
/// law with these sums and this size: they go with the root of the size, as long as sequences are
/// far longer than their memory.
void set_standard_errors(const PartSums& sums, double sums_size, double size,
                         std::vector<Expected>& expected);

/// The same statistics with the values and standard errors of another sample.
std::vector<Expected> with_values_of(const PartSums& sums, std::vector<Expected> expected);

/// Names, values and tolerances of what is more than five standard errors of the difference apart;
/// empty when all agrees.
std::vector<std::string> disagreements(const PartSums& sums, const std::vector<Expected>& expected);

/// The list in one text for a failure message.
std::string joined(const std::vector<std::string>& lines);

}  // namespace edgesweep::testing
