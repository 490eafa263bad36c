#pragma once
#include <string>
#include <vector>

#include "host/data/dataset.h"
#include "kernels/bucket.cuh"

namespace edgesweep::testing {

/// Images of these (already normalised) metrics, sorted; the weak cost is the reward, the strong
/// cost zero.
ImageSet make_images(const std::vector<double>& metric, const std::vector<double>& reward);

/// Group `dataset` of the golden file: the reference's sorted, normalised arrays.
ImageSet golden_training_images();
/// The test images, normalised with the golden mean and standard deviation.
ImageSet golden_test_images();

/// A golden array of three integers Q, P, M.
TokenBucket golden_bucket(const std::string& dataset_path);

}  // namespace edgesweep::testing
