#pragma once
#include <cstdint>
#include <vector>

namespace edgesweep {

/// What offloading earns, as `clairvoyant` and `clairvoyant_metric` add it up: numbers above 0 as
/// multiples of 2^(e - 30), where 2^e is the smallest power of two above all of them, rounded to
/// the nearest (halves up); all others as 0, since such an image is never offloaded. Whole numbers
/// and binary fractions of up to 30 digits are exact. Every value is below 2^30, kLargestValue in
/// kernels/clairvoyant.cuh. numbers: finite.
std::vector<int32_t> fixed_point_values(const std::vector<double>& numbers);

}  // namespace edgesweep
