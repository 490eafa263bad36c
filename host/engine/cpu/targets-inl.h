// Targets of neighbouring outputs, formed where the error is. Included inside Highway's target
// loop.
#if defined(EDGESWEEP_TARGETS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_TARGETS_INL_H_
#undef EDGESWEEP_TARGETS_INL_H_
#else
#define EDGESWEEP_TARGETS_INL_H_
#endif

#include "host/engine/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

/// Lanes of the vector at `first` that lie below `end`.
HWY_INLINE hn::Mask<Tag> lanes_below(int64_t first, int64_t end) {
  const int64_t count = end > first ? end - first : 0;
  return hn::FirstN(Tag(), static_cast<size_t>(count < kLanes ? count : kLanes));
}

/// The actions whose values some neighbouring outputs are; mixed: both, or some past the last.
enum class Actions { keep, offload, mixed };

HWY_INLINE Actions actions_of(const TargetPanel& panel, int column, int columns) {
  const int first = panel.first_column + column;
  const int kept = keep_output_count(panel.bucket, panel.output_kind);
  if (first + columns <= kept) return Actions::keep;
  const bool inside = first + columns <= output_count(panel.bucket, panel.output_kind);
  return first >= kept && inside ? Actions::offload : Actions::mixed;
}

/// Vectors of kernels/targets.cuh `target` minus the mean, row after row: of outputs
/// `column` and up of a panel.
template <Actions kActions>
class TargetRows {
 public:
  HWY_INLINE TargetRows(const TargetPanel& panel, int row, int column)
      : mean_(hn::Set(Tag(), panel.mean)),
        kept_(keep_output_count(panel.bucket, panel.output_kind)),
        outputs_(output_count(panel.bucket, panel.output_kind)),
        first_(panel.first_column + column),
        keep_(panel.afterstate_values + row * panel.afterstate_stride +
              (kActions == Actions::offload
                   ? 0
                   : first_kept(panel.bucket, panel.output_kind) + first_)),
        offload_(panel.afterstate_values + row * panel.afterstate_stride +
                 (kActions == Actions::keep ? 0 : first_ - kept_)),
        after_stride_(panel.afterstate_stride),
        reward_(panel.reward + row) {}

  /// Of outputs v * kLanes and up of this row; padding gets zeros.
  HWY_INLINE Vector at(int v) const {
    if constexpr (kActions == Actions::keep) return hn::Sub(kept(v), mean_);
    if constexpr (kActions == Actions::offload) return hn::Sub(offloaded(v), mean_);
    const int first = first_ + v * kLanes;
    Vector value = hn::Zero(Tag());
    if (first < outputs_ && first + kLanes > kept_) value = offloaded(v);
    if (first < kept_) value = hn::IfThenElse(lanes_below(first, kept_), kept(v), value);
    return hn::IfThenElseZero(lanes_below(first, outputs_), hn::Sub(value, mean_));
  }
  HWY_INLINE void next_row() {
    keep_ += after_stride_;
    offload_ += after_stride_;
    ++reward_;
  }

 private:
  HWY_INLINE Vector kept(int v) const { return hn::LoadU(Tag(), keep_ + v * kLanes); }
  HWY_INLINE Vector offloaded(int v) const {
    return hn::Add(hn::Set(Tag(), *reward_), hn::LoadU(Tag(), offload_ + v * kLanes));
  }

  Vector mean_;
  int kept_, outputs_, first_;
  const float* keep_;
  const float* offload_;
  ptrdiff_t after_stride_;
  const float* reward_;
};

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
