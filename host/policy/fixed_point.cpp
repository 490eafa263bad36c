#include "host/policy/fixed_point.h"

#include <algorithm>
#include <cmath>

namespace edgesweep {

std::vector<int32_t> fixed_point_values(const std::vector<double>& numbers) {
  constexpr int kDigits = 30;
  double largest = 0;
  for (const double number : numbers) largest = std::max(largest, number);
  int exponent = 0;
  std::frexp(largest, &exponent);
  // The very largest may be rounded up to the power of two.
  constexpr double kMost = static_cast<double>((1 << kDigits) - 1);
  std::vector<int32_t> values;
  values.reserve(numbers.size());
  for (const double number : numbers) {
    const double scaled = std::ldexp(std::max(number, 0.0), kDigits - exponent);
    values.push_back(static_cast<int32_t>(std::min(std::floor(scaled + 0.5), kMost)));
  }
  return values;
}

}  // namespace edgesweep
