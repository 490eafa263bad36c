// Vectors of one instruction set and the arithmetic of kernels/network.cuh on them. Included inside
// Highway's target loop.
#if defined(EDGESWEEP_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_VECTOR_INL_H_
#undef EDGESWEEP_VECTOR_INL_H_
#else
#define EDGESWEEP_VECTOR_INL_H_
#endif

#include <hwy/highway.h>

#include "host/engine/cpu/simd.h"
#include "kernels/network.cuh"

/// Within Highway's target loop: whether the target is NEON. Highway 1.2 has it with and without
/// AES (the second is what every arm64 has), 1.0 only as one.
#ifdef HWY_NEON_WITHOUT_AES
#define EDGESWEEP_NEON (HWY_TARGET == HWY_NEON || HWY_TARGET == HWY_NEON_WITHOUT_AES)
#else
#define EDGESWEEP_NEON (HWY_TARGET == HWY_NEON)
#endif

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, kPadding>;
using Vector = hn::Vec<Tag>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(Tag()));
static_assert(kPadding % kLanes == 0, "padding is a whole number of vectors");

/// x * y + z rounded once. Instruction sets that are not known to do it (Highway's MulAdd rounds
/// twice on them) call fmaf lane by lane: slow, but the same bits.
HWY_INLINE Vector fused(Vector x, Vector y, Vector z) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2 || EDGESWEEP_NEON
  return hn::MulAdd(x, y, z);
#else
  HWY_ALIGN float a[kLanes];
  HWY_ALIGN float b[kLanes];
  HWY_ALIGN float c[kLanes];
  hn::Store(x, Tag(), a);
  hn::Store(y, Tag(), b);
  hn::Store(z, Tag(), c);
  for (int i = 0; i < kLanes; ++i) c[i] = fused_multiply_add(a[i], b[i], c[i]);
  return hn::Load(Tag(), c);
#endif
}

/// Keeps a loaded vector in a register: g++ 12 otherwise folds the load into every instruction that
/// uses it.
HWY_INLINE Vector pinned(Vector x) {
#if HWY_COMPILER_GCC_ACTUAL && (HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3)
  asm("" : "+v"(x.raw));
#endif
  return x;
}

/// sum = x * y + sum in the register of the sum: g++ 12 otherwise lets the sums of a tile change
/// registers with the factors, and copies or spills some of them where other work is done in
/// between.
HWY_INLINE void accumulate(Vector x, Vector y, Vector& sum) {
#if HWY_COMPILER_GCC_ACTUAL && (HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3)
  asm("vfmadd231ps %2, %1, %0" : "+v"(sum.raw) : "v"(x.raw), "v"(y.raw));
#else
  sum = fused(x, y, sum);
#endif
}

/// The same with a factor in memory that no other sum needs: AVX-512 then has no use for a register
/// of it, nor for the instruction that fills it.
HWY_INLINE void accumulate_from(const float& x, Vector y, Vector& sum) {
#if HWY_COMPILER_GCC_ACTUAL && HWY_TARGET == HWY_AVX3
  asm("vfmadd231ps %2%{1to16%}, %1, %0" : "+v"(sum.raw) : "v"(y.raw), "m"(x));
#else
  accumulate(hn::Set(Tag(), x), y, sum);
#endif
}

/// Keeps g++ from turning the steps of one pointer into a pointer for each step, which it then
/// keeps in memory.
template <typename T>
HWY_INLINE void step_pointer(const T*& pointer, ptrdiff_t stride) {
  pointer += stride;
#if HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_X86_64
  asm("" : "+r"(pointer));
#endif
}

/// a > b ? a : b, so the second where they are equal or one is NaN: what x86 computes in one
/// instruction.
HWY_INLINE Vector greater_or_second(Vector a, Vector b) {
#if HWY_ARCH_X86
  return hn::Max(a, b);
#else
  return hn::IfThenElse(hn::Gt(a, b), a, b);
#endif
}

HWY_INLINE Vector leaky_vector(Vector x) {
  return greater_or_second(hn::Mul(hn::Set(Tag(), kLeakySlope), x), x);
}

/// gradient times the derivative of LeakyReLU at the stored output (1 changes no bit).
HWY_INLINE Vector through_leaky(Vector gradient, Vector output) {
  const Tag tag;
  const auto positive = hn::Gt(output, hn::Zero(tag));
  return hn::IfThenElse(positive, gradient, hn::Mul(gradient, hn::Set(tag, kLeakySlope)));
}

// kernels/network.cuh `adam_update` on vectors, in the pieces that are interleaved with other work.

HWY_INLINE Vector adam_square(Vector gradient, Vector square) {
  return fused(hn::Set(Tag(), kAdamGain2), hn::Sub(hn::Mul(gradient, gradient), square), square);
}

HWY_INLINE Vector adam_mean(Vector gradient, Vector mean) {
  return fused(hn::Set(Tag(), kAdamGain1), hn::Sub(gradient, mean), mean);
}

/// What a weight loses. root: of the new square.
HWY_INLINE Vector adam_change(Vector root, Vector step, Vector mean) {
  return hn::Div(hn::Mul(step, mean), hn::Add(root, hn::Set(Tag(), kAdamEpsilon)));
}

HWY_INLINE void adam_vector(Vector gradient, Vector step, float* weight, float* mean,
                            float* square) {
  const Tag tag;
  const Vector new_square = adam_square(gradient, hn::Load(tag, square));
  const Vector new_mean = adam_mean(gradient, hn::Load(tag, mean));
  hn::Store(new_square, tag, square);
  hn::Store(new_mean, tag, mean);
  const Vector change = adam_change(hn::Sqrt(new_square), step, new_mean);
  hn::Store(hn::Sub(hn::Load(tag, weight), change), tag, weight);
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
