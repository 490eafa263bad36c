#pragma once
#include <bit>
#include <cstdint>

namespace edgesweep {

// Exponential and logarithm in double precision from additions, multiplications and divisions in a
// fixed order, without fused multiply-adds: the same bits on every machine, which the C library's
// functions do not promise. Within
// 1 unit in the last place of the exact value (tests/unit/portable_math_test.cpp).

/// What portable_exp is made of, for those who write it with vectors.
namespace exp_constants {
inline constexpr double kLeast = -708;
inline constexpr double kLog2E = 0x1.71547652b82fep+0;
/// Added to a double of magnitude below 2^51, this leaves its nearest integer in the low bits of
/// the sum (ties to even).
inline constexpr double kRoundingShift = 0x1.8p52;
/// ln 2 in two parts; the first has 21 trailing zero bits, so its product with an exponent is
/// exact.
inline constexpr double kLn2High = 0x1.62e42feep-1;
inline constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
/// 1/k! for k = 13 down to 2: the first term left out, r^14/14!, is below 5e-18.
inline constexpr int kTerms = 12;
inline constexpr double kTaylor[kTerms] = {1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0,
                                           1.0 / 3628800.0,    1.0 / 362880.0,    1.0 / 40320.0,
                                           1.0 / 5040.0,       1.0 / 720.0,       1.0 / 120.0,
                                           1.0 / 24.0,         1.0 / 6.0,         1.0 / 2.0};
inline constexpr uint64_t kOneBits = uint64_t{1023} << 52;  ///< of the double 1
}  // namespace exp_constants

/// e^x for x <= 709. Below -708, where doubles begin to lose bits, it is 0.
inline double portable_exp(double x) {
  using namespace exp_constants;
  const double inside = x > kLeast ? x : kLeast;
  // x = n ln 2 + r, |r| <= ln 2 / 2.
  const double shifted = inside * kLog2E + kRoundingShift;
  const double n = shifted - kRoundingShift;
  const double r = (inside - n * kLn2High) - n * kLn2Low;
  double p = kTaylor[0];
  for (int i = 1; i < kTerms; ++i) p = p * r + kTaylor[i];
  const double mantissa = 1.0 + (r + (r * r) * p);
  // 2^n: n, as an integer, is in the low bits of `shifted`; moved into the exponent's place.
  const double power = std::bit_cast<double>((std::bit_cast<uint64_t>(shifted) << 52) + kOneBits);
  return x >= kLeast ? mantissa * power : 0.0;
}

/// Natural logarithm of a positive, normal, finite x.
inline double portable_log(double x) {
  // x = 2^k m, m in [sqrt(1/2), sqrt(2)): the bits of sqrt(1/2) are taken away from those of x.
  constexpr uint64_t kRootHalf = 0x3fe6a09e667f3bcd;
  constexpr uint64_t kMantissa = (uint64_t{1} << 52) - 1;
  const uint64_t above = std::bit_cast<uint64_t>(x) - kRootHalf;
  const auto k = static_cast<double>(static_cast<int64_t>(above) >> 52);
  const double m = std::bit_cast<double>((above & kMantissa) + kRootHalf);
  // log m = 2 atanh(s) with s = f/(2 + f), and 2s = f - s f.
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  // 2 atanh(s) = 2s + s rest: the first term left out is below 1e-18.
  double rest = 2.0 / 23.0;
  rest = rest * z + 2.0 / 21.0;
  rest = rest * z + 2.0 / 19.0;
  rest = rest * z + 2.0 / 17.0;
  rest = rest * z + 2.0 / 15.0;
  rest = rest * z + 2.0 / 13.0;
  rest = rest * z + 2.0 / 11.0;
  rest = rest * z + 2.0 / 9.0;
  rest = rest * z + 2.0 / 7.0;
  rest = rest * z + 2.0 / 5.0;
  rest = rest * z + 2.0 / 3.0;
  rest = rest * z;
  return k * exp_constants::kLn2High + (f - (s * (f - rest) - k * exp_constants::kLn2Low));
}

}  // namespace edgesweep
