#include "tests/reference/reference_clairvoyant.h"

namespace edgesweep {

std::vector<uint8_t> reference_clairvoyant(const TokenBucket& bucket,
                                           const std::vector<int32_t>& value,
                                           const std::vector<int32_t>& gap) {
  const size_t images = value.size();
  const size_t states = static_cast<size_t>(bucket.capacity) + 1;
  // best[t][n]: the most that images t, t + 1, ... earn, with n units before image t.
  std::vector<std::vector<int64_t>> best(images + 1, std::vector<int64_t>(states, 0));
  const auto after = [&](size_t t, int32_t units, bool offload) {
    const auto next = static_cast<size_t>(next_units(bucket, units, offload, gap[t]));
    return best[t + 1][next] + (offload ? value[t] : 0);
  };
  const auto offloads = [&](size_t t, int32_t units) {
    return can_offload(bucket, units) && after(t, units, true) > after(t, units, false);
  };
  for (size_t t = images; t-- > 0;)
    for (int32_t units = 0; units <= bucket.capacity; ++units)
      best[t][static_cast<size_t>(units)] = after(t, units, offloads(t, units));

  std::vector<uint8_t> decisions;
  int32_t units = bucket.capacity;
  for (size_t t = 0; t < images; ++t) {
    const bool offload = offloads(t, units);
    decisions.push_back(offload ? 1 : 0);
    units = next_units(bucket, units, offload, gap[t]);
  }
  return decisions;
}

}  // namespace edgesweep
