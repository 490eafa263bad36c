#pragma once
#include <Random123/philox.h>

#include "kernels/portability.cuh"

namespace edgesweep {

/// What a random number is for. Part of the counter, so streams of two purposes never meet,
/// whatever the seeds.
enum class Purpose : uint32_t {
  initial_weights = 1,
  training_windows = 2,
  training_evaluation = 3,
  validation = 4,
  test = 5,
  bootstrap = 6,
};

struct PhiloxBlock {
  uint32_t word[4];
};

/// Philox4x32-10: four independent uniform 32-bit words for every (seed, position, stream,
/// iteration, purpose). A bijection of the counter for each seed: no two counters share a block.
/// Keys never hold a run's other parameters (SPEC.md section 3).
EDGESWEEP_HD PhiloxBlock philox(uint64_t seed, uint32_t position, uint32_t stream,
                                uint32_t iteration, Purpose purpose) {
  const r123::Philox4x32 generator;
  r123::Philox4x32::ctr_type counter;
  counter.v[0] = position;
  counter.v[1] = stream;
  counter.v[2] = iteration;
  counter.v[3] = static_cast<uint32_t>(purpose);
  r123::Philox4x32::key_type key;
  key.v[0] = static_cast<uint32_t>(seed);
  key.v[1] = static_cast<uint32_t>(seed >> 32);
  const r123::Philox4x32::ctr_type out = generator(counter, key);
  return {{out.v[0], out.v[1], out.v[2], out.v[3]}};
}

/// Uniform on 0..count-1 by the high half of a product: no value is more than 2^-32 more likely
/// than another.
EDGESWEEP_HD uint32_t uniform_below(uint32_t word, uint32_t count) {
  return static_cast<uint32_t>((static_cast<uint64_t>(word) * count) >> 32);
}

/// Uniform on [-1, 1) in steps of 2^-23, exact in single precision.
EDGESWEEP_HD float uniform_symmetric(uint32_t word) {
  return static_cast<float>(static_cast<int32_t>(word >> 8) - (1 << 23)) * (1.0f / (1 << 23));
}

}  // namespace edgesweep
