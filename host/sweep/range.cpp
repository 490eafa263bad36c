#include "host/sweep/range.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "host/error.h"
#include "host/sweep/powers_of_ten.h"

namespace edgesweep {
namespace {

constexpr int64_t kMaxDigits = 1'000'000'000'000'000'000;  // 10^18: sums of a few still fit 64 bits

/// digits * 10^exponent, exactly.
struct Decimal {
  int64_t digits = 0;
  int exponent = 0;
};

std::optional<int64_t> times_ten(int64_t digits, int times) {
  for (int i = 0; i < times && digits != 0; ++i) {
    if (std::abs(digits) > kMaxDigits / 10) return std::nullopt;
    digits *= 10;
  }
  return digits;
}

/// The shortest decimal that reads back as `value`: what the config's author wrote, up to trailing
/// zeros.
Decimal decimal_of(double value) {
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::scientific);
  const std::string_view text(buffer.data(),
                              static_cast<size_t>(end - buffer.data()));  // "-1.25e-03"
  const size_t mark = text.find('e');
  Decimal decimal;
  for (const char c : text.substr(mark + (text[mark + 1] == '+' ? 2 : 1))) {
    if (c != '-') decimal.exponent = 10 * decimal.exponent + (c - '0');
  }
  if (text[mark + 1] == '-') decimal.exponent = -decimal.exponent;
  bool fraction = false;
  for (const char c : text.substr(0, mark)) {
    if (c == '.') fraction = true;
    if (c < '0' || c > '9') continue;
    decimal.digits = 10 * decimal.digits + (c - '0');
    if (fraction) --decimal.exponent;
  }
  if (text[0] == '-') decimal.digits = -decimal.digits;
  return decimal;
}

std::optional<Decimal> decimal_of(const OrderedJson& number) {
  if (number.is_number_float()) return decimal_of(number.get<double>());
  if (number.is_number_unsigned() && number.get<uint64_t>() > static_cast<uint64_t>(kMaxDigits))
    return std::nullopt;
  const auto digits = number.get<int64_t>();
  if (digits > kMaxDigits || digits < -kMaxDigits) return std::nullopt;
  return Decimal{digits, 0};
}

/// from + i * step for i = 0..count-1, in units of 10^exponent.
struct Grid {
  int64_t from = 0;
  int64_t step = 0;
  size_t count = 0;
  int exponent = 0;
};

class GridReader {
 public:
  GridReader(const OrderedJson& range, const std::string& file, const std::string& place)
      : range_(range), file_(file), place_(place) {}

  Grid read() const {
    const std::array<const char*, 3> keys{"from", "to", "step"};
    std::array<Decimal, 3> decimals;
    int exponent = 0;  // whole numbers stay in units of 1
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto decimal = decimal_of(range_.at(keys[i]));
      if (!decimal) refuse_digits(keys[i]);
      decimals[i] = *decimal;
      if (decimal->digits != 0) exponent = std::min(exponent, decimal->exponent);
    }
    std::array<int64_t, 3> units{};
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto scaled = times_ten(decimals[i].digits, decimals[i].exponent - exponent);
      if (!scaled) refuse_digits(keys[i]);
      units[i] = *scaled;
    }
    return grid(units[0], units[1], units[2], exponent);
  }

 private:
  Grid grid(int64_t from, int64_t to, int64_t step, int exponent) const {
    const int64_t distance = to - from;
    if (step == 0 || (distance != 0 && (distance > 0) != (step > 0))) {
      const char* sign = distance < 0 ? "< 0" : "> 0";
      throw InputError(file_, place_ + "/step", describe_value(range_.at("step")),
                       "a number " + std::string(sign) + ", leading from " +
                           describe_value(range_.at("from")) + " to " +
                           describe_value(range_.at("to")));
    }
    const int64_t steps = distance / step;
    if (steps >= static_cast<int64_t>(kMaxRuns))
      throw InputError(file_, place_,
                       "a range of more than " + std::to_string(kMaxRuns) + " values",
                       "at most " + std::to_string(kMaxRuns));
    return {from, step, static_cast<size_t>(steps) + 1, exponent};
  }

  [[noreturn]] void refuse_digits(const char* key) const {
    throw InputError(
        file_, place_ + "/" + key, describe_value(range_.at(key)),
        "from, to and step that have at most 18 decimal digits between the largest and the last");
  }

  const OrderedJson& range_;
  const std::string& file_;
  const std::string& place_;
};

Json number_of(int64_t digits, int exponent) {
  if (exponent == 0 || digits == 0) return digits;
  if (const auto scale = times_ten(1, -exponent); scale && digits % *scale == 0)
    return digits / *scale;
  const std::string text = std::to_string(digits) + "e" + std::to_string(exponent);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc::result_out_of_range)
    return 0;  // below the smallest double; ranges of settings decide
  return value;
}

std::vector<Json> powers(const OrderedJson& range, const std::string& file,
                         const std::string& place) {
  const Grid exponents = GridReader(range, file, place).read();
  const auto scale = times_ten(1, -exponents.exponent);
  std::vector<Json> values;
  for (size_t i = 0; i < exponents.count; ++i) {
    const int64_t units = exponents.from + static_cast<int64_t>(i) * exponents.step;
    // |exponent| <= 300, so whole and fraction apart keep the product below within 64 bits.
    const int64_t whole = scale ? units / *scale : 0;
    const int64_t fraction = scale ? units % *scale : units;
    if (!scale || std::abs(fraction) > kMaxDigits / kPowerSteps * 9 ||
        fraction * kPowerSteps % *scale != 0)
      throw InputError(file, place,
                       "the exponent " + canonical_text(number_of(units, exponents.exponent)),
                       "multiples of 1/40 (0.025)");
    const double value =
        power_of_ten(static_cast<int>(whole * kPowerSteps + fraction * kPowerSteps / *scale));
    const bool integer = value >= 1 && value <= 9007199254740992.0 && std::trunc(value) == value;
    values.push_back(integer ? Json(static_cast<int64_t>(value)) : Json(value));
  }
  return values;
}

}  // namespace

std::vector<Json> expand_range(const OrderedJson& range, const std::string& file,
                               const std::string& place) {
  if (range.contains("log10")) return powers(range.at("log10"), file, place + "/log10");
  const Grid grid = GridReader(range, file, place).read();
  std::vector<Json> values;
  values.reserve(grid.count);
  for (size_t i = 0; i < grid.count; ++i)
    values.push_back(number_of(grid.from + static_cast<int64_t>(i) * grid.step, grid.exponent));
  return values;
}

}  // namespace edgesweep
