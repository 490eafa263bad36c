#pragma once
#include <hdf5.h>

#include <string>
#include <vector>

namespace edgesweep::testing {

/// The file of reference values: $EDGESWEEP_GOLDEN, or tests/data/golden.h5 of the source tree.
std::string golden_path();

/// Any integer or float dataset, converted to double, row-major; a scalar has an empty shape and
/// one value.
struct GoldenArray {
  std::vector<hsize_t> shape;
  std::vector<double> values;
};

/// dataset_path as in "mdp/case0/qpm". Throws std::runtime_error naming the file and the dataset
/// when it cannot be read.
GoldenArray read_golden(const std::string& dataset_path);

/// A dataset of one value. Throws as read_golden, also when there are more values.
double golden_scalar(const std::string& dataset_path);

/// Names of the child groups of a group ("case0", "case1", ...), sorted. "" is the root.
std::vector<std::string> golden_groups(const std::string& parent);

}  // namespace edgesweep::testing
