#include "tests/bench/peak.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/bench/peak.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "host/engine/cpu/vector-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

double multiply_adds(int rounds) {
  // Two units, four or five cycles of latency: ten chains keep both busy; 12 fit all register
  // files.
  constexpr int kChains = 12;
  Vector sum[kChains];
  for (int c = 0; c < kChains; ++c) sum[c] = hn::Set(Tag(), static_cast<float>(c));
  const Vector factor = hn::Set(Tag(), 0.999f);
  for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) sum[c] = fused(sum[c], factor, factor);
  }
  for (int c = 1; c < kChains; ++c) sum[0] = hn::Add(sum[0], sum[c]);
  float out[kLanes];
  hn::StoreU(sum[0], Tag(), out);
  const volatile float kept = out[0];
  static_cast<void>(kept);
  return 2.0 * kChains * kLanes * rounds;
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace edgesweep {

HWY_EXPORT(multiply_adds);

namespace bench {

double run_multiply_adds(const char* instruction_set, int rounds) {
  int64_t target = HWY_STATIC_TARGET;  // on arm64: NEON
  if (std::strcmp(instruction_set, "avx512") == 0) target = HWY_AVX3;
  if (std::strcmp(instruction_set, "avx2") == 0) target = HWY_AVX2;
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  const double work = HWY_DYNAMIC_DISPATCH(multiply_adds)(rounds);
  hwy::SetSupportedTargetsForTest(0);
  return work;
}

}  // namespace bench
}  // namespace edgesweep
#endif
