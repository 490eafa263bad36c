#include "host/data/softmax_row.h"

#include <algorithm>

#include "host/data/calibration.h"
#include "host/data/portable_math.h"

// Highway includes this file once per instruction set, each time with other compiler options and
// namespaces.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/data/softmax_row.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kChains = 8;
using Doubles = hn::CappedTag<double, kChains>;
using Vector = hn::Vec<Doubles>;

/// portable_exp of every lane, operation by operation.
HWY_INLINE Vector exp_of(Vector x) {
  const Doubles d;
  const hn::RebindToUnsigned<Doubles> bits;
  const Vector least = hn::Set(d, exp_constants::kLeast);
  const Vector inside = hn::Max(x, least);
  const Vector shift = hn::Set(d, exp_constants::kRoundingShift);
  const Vector shifted = hn::Add(hn::Mul(inside, hn::Set(d, exp_constants::kLog2E)), shift);
  const Vector n = hn::Sub(shifted, shift);
  const Vector r = hn::Sub(hn::Sub(inside, hn::Mul(n, hn::Set(d, exp_constants::kLn2High))),
                           hn::Mul(n, hn::Set(d, exp_constants::kLn2Low)));
  Vector p = hn::Set(d, exp_constants::kTaylor[0]);
  for (int i = 1; i < exp_constants::kTerms; ++i)
    p = hn::Add(hn::Mul(p, r), hn::Set(d, exp_constants::kTaylor[i]));
  const Vector mantissa = hn::Add(hn::Set(d, 1.0), hn::Add(r, hn::Mul(hn::Mul(r, r), p)));
  const auto power = hn::Add(hn::ShiftLeft<52>(hn::BitCast(bits, shifted)),
                             hn::Set(bits, exp_constants::kOneBits));
  return hn::IfThenElseZero(hn::Ge(x, least), hn::Mul(mantissa, hn::BitCast(d, power)));
}

double sum_of(const double* chain) {
  return ((chain[0] + chain[4]) + (chain[2] + chain[6])) +
         ((chain[1] + chain[5]) + (chain[3] + chain[7]));
}

double greatest_of(const double* logits, int64_t classes) {
  double chain[kChains];
  std::fill(chain, chain + kChains, logits[0]);
  int64_t c = 0;
  for (; c + kChains <= classes; c += kChains)
    for (int64_t l = 0; l < kChains; ++l) chain[l] = std::max(chain[l], logits[c + l]);
  for (; c < classes; ++c) chain[0] = std::max(chain[0], logits[c]);
  return *std::max_element(chain, chain + kChains);
}

/// The classes behind the last whole eight as eight values, filled up with the greatest logit, and
/// 1 for each class, 0 for each that is none.
struct LastClasses {
  LastClasses(const double* logits, int64_t classes, double greatest)
      : first(classes - classes % kChains) {
    for (int64_t l = 0; l < kChains; ++l) {
      const bool inside = first + l < classes;
      logit[l] = inside ? logits[first + l] : greatest;
      used[l] = inside ? 1.0 : 0.0;
    }
  }
  int64_t first;
  double logit[kChains];
  double used[kChains];
};

void grid_partitions(const double* logits, int64_t classes, double first, double step,
                     double* partition) {
  const Doubles d;
  const Vector greatest = hn::Set(d, greatest_of(logits, classes));
  const LastClasses last(logits, classes, hn::GetLane(greatest));
  double sum[kCalibrationPoints][kChains];
  for (size_t l = 0; l < kChains; l += hn::Lanes(d)) {
    Vector chain[kCalibrationPoints];
    for (Vector& c : chain) c = hn::Zero(d);
    const auto add = [&](Vector logit, Vector used) HWY_ATTR {
      const Vector below = hn::Sub(logit, greatest);
      Vector term = hn::Mul(exp_of(hn::Mul(hn::Set(d, first), below)), used);
      const Vector factor = exp_of(hn::Mul(hn::Set(d, step), below));
      for (Vector& c : chain) {
        c = hn::Add(c, term);
        term = hn::Mul(term, factor);
      }
    };
    for (int64_t c = 0; c < last.first; c += kChains)
      add(hn::LoadU(d, logits + c + l), hn::Set(d, 1.0));
    add(hn::LoadU(d, last.logit + l), hn::LoadU(d, last.used + l));
    for (int i = 0; i < kCalibrationPoints; ++i) hn::StoreU(chain[i], d, sum[i] + l);
  }
  for (int i = 0; i < kCalibrationPoints; ++i) partition[i] = sum_of(sum[i]);
}

double softmax_entropy(const double* logits, int64_t classes, double inverse_temperature) {
  const Doubles d;
  const Vector greatest = hn::Set(d, greatest_of(logits, classes));
  const LastClasses last(logits, classes, hn::GetLane(greatest));
  double partition[kChains], product[kChains];
  for (size_t l = 0; l < kChains; l += hn::Lanes(d)) {
    Vector partition_chain = hn::Zero(d);
    Vector product_chain = hn::Zero(d);
    const auto add = [&](Vector logit, Vector used) HWY_ATTR {
      const Vector exponent = hn::Mul(hn::Set(d, inverse_temperature), hn::Sub(logit, greatest));
      const Vector weight = hn::Mul(exp_of(exponent), used);
      partition_chain = hn::Add(partition_chain, weight);
      product_chain = hn::Add(product_chain, hn::Mul(weight, exponent));
    };
    for (int64_t c = 0; c < last.first; c += kChains)
      add(hn::LoadU(d, logits + c + l), hn::Set(d, 1.0));
    add(hn::LoadU(d, last.logit + l), hn::LoadU(d, last.used + l));
    hn::StoreU(partition_chain, d, partition + l);
    hn::StoreU(product_chain, d, product + l);
  }
  const double whole = sum_of(partition);
  return portable_log(whole) - sum_of(product) / whole;
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace edgesweep {

HWY_EXPORT(greatest_of);
HWY_EXPORT(grid_partitions);
HWY_EXPORT(softmax_entropy);

double greatest_of(const double* logits, int64_t classes) {
  return HWY_DYNAMIC_DISPATCH(greatest_of)(logits, classes);
}

void grid_partitions(const double* logits, int64_t classes, double first, double step,
                     double* partition) {
  HWY_DYNAMIC_DISPATCH(grid_partitions)(logits, classes, first, step, partition);
}

double softmax_entropy(const double* logits, int64_t classes, double inverse_temperature) {
  return HWY_DYNAMIC_DISPATCH(softmax_entropy)(logits, classes, inverse_temperature);
}

}  // namespace edgesweep
#endif
