#include "host/results/loss_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace edgesweep {
namespace {

constexpr int kSignificantDigits = 6;
// Beyond these, leading or trailing zeros would be most of a number.
constexpr double kLeastFixed = 1e-4;
constexpr double kMostFixed = 1e12;

std::string not_finite(double value) {
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

}  // namespace

LossFormat::LossFormat(const std::vector<double>& losses) {
  double largest = 0;
  for (const double loss : losses)
    if (std::isfinite(loss)) largest = std::max(largest, std::abs(loss));
  if (largest == 0) return;
  const int exponent = static_cast<int>(std::floor(std::log10(largest)));
  const bool fixed = largest >= kLeastFixed && largest < kMostFixed;
  exponent_ = fixed ? 0 : exponent;
  decimals_ = std::max(kSignificantDigits - 1 - (exponent - exponent_), 0);
}

std::string LossFormat::number(double value, bool with_sign) const {
  if (!std::isfinite(value)) return not_finite(value);
  // Twice a half: the power of the whole exponent may be no number of double precision.
  const int half = exponent_ / 2;
  const double scaled = value / std::pow(10.0, half) / std::pow(10.0, exponent_ - half);
  const std::string digits = with_sign ? fmt::format("{:+.{}f}", scaled, decimals_)
                                       : fmt::format("{:.{}f}", scaled, decimals_);
  return exponent_ == 0 ? digits : digits + fmt::format("e{:+03d}", exponent_);
}

std::string LossFormat::text(double value) const { return number(value, false); }

std::string LossFormat::signed_text(double value) const { return number(value, true); }

}  // namespace edgesweep
