#pragma once
#include <cstdint>
#include <vector>

#include "kernels/bucket.cuh"

namespace edgesweep {

/// Which images the policy offloads that knows the values of all images, and all gaps: the dynamic
/// programme over (image, units) as it is written, a table of all values in 64 bits. Equal: keep.
/// value: >= 0 each; gap: to the next image. The oracle of host/engine/cpu and kernels.
std::vector<uint8_t> reference_clairvoyant(const TokenBucket& bucket,
                                           const std::vector<int32_t>& value,
                                           const std::vector<int32_t>& gap);

}  // namespace edgesweep
