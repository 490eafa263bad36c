#include "host/engine/cpu/simd.h"
#include "host/error.h"

// Highway includes this file once per instruction set, each time with other compiler options and
// namespaces.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/engine/cpu/simd_kernels.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "host/engine/cpu/clairvoyant-inl.h"
#include "host/engine/cpu/dense-inl.h"
#include "host/engine/cpu/fleet_scan-inl.h"
#include "host/engine/cpu/rows-inl.h"
#include "host/engine/cpu/sequences-inl.h"
#include "host/engine/cpu/threshold_scan-inl.h"
#include "host/engine/cpu/transpose-inl.h"
#include "host/engine/cpu/weight_step-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

const SimdKernels* kernels() {
#if HWY_TARGET == HWY_AVX3
  constexpr const char* kName = "avx512";
#elif HWY_TARGET == HWY_AVX2
  constexpr const char* kName = "avx2";
#elif EDGESWEEP_NEON
  constexpr const char* kName = "neon";
#else
  constexpr const char* kName = "baseline";
#endif
  static constexpr SimdKernels kTable = {
      kName,       forward,         output_gradient,   input_gradient,
      weight_step, transpose,       next_state_values, forward_rows,
      chain_dots,  scan_thresholds, scan_fleets,       scan_clairvoyant,
      kLanes,      draw_windows,    words_of_streams,  stream_words};
  return &kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace edgesweep {
namespace {

HWY_EXPORT(kernels);

/// The table of one of Highway's targets; 0: of the best that this processor has.
const SimdKernels* table_of(int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  const SimdKernels* table = HWY_DYNAMIC_DISPATCH(kernels)();
  hwy::SetSupportedTargetsForTest(0);
  return table;
}

const SimdKernels*& chosen() {
  static const SimdKernels* table = table_of(0);
  return table;
}

}  // namespace

const SimdKernels& simd_kernels() { return *chosen(); }

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    const std::string name = table_of(target)->instruction_set;
    if (names.empty() || names.back() != name) names.push_back(name);  // NEON with and without AES
  }
  return names;
}

void force_instruction_set(const std::string& name) {
  if (name.empty()) {
    chosen() = table_of(0);
    return;
  }
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    if (name != table_of(target)->instruction_set) continue;
    chosen() = table_of(target);
    return;
  }
  std::string allowed;
  for (const std::string& known : instruction_sets())
    allowed += (allowed.empty() ? "" : ", ") + known;
  throw InputError("", "--isa", "\"" + name + "\"", allowed,
                   nearest_name(name, instruction_sets()));
}

}  // namespace edgesweep
#endif
