#pragma once
#include <string>
#include <vector>

#include "host/config/json_text.h"

namespace edgesweep {
/// A log10 axis has exponents that are multiples of 1/40: halves, fifths, eighths and tenths of a
/// decade among them.
constexpr int kPowerSteps = 40;

/// 10^(fortieths / 40), the nearest double: an exact decimal text is read, no pow, so every machine
/// gets the same bits. |fortieths| <= 300 * 40.
double power_of_ten(int fortieths);

/// The most values of an axis, and the most runs of a sweep.
constexpr size_t kMaxRuns = 100'000;

/// The values of {"from", "to", "step"} or {"log10": {"from", "to", "step"}}, `to` included if a
/// step lands on it. Values are exact decimals (0 to 1 by 0.1 has the doubles nearest to 0.1, 0.2,
/// 0.3), whole ones integers. Throws InputError for a step of 0 or away from `to`, more than
/// kMaxRuns values, numbers that need more than 18 decimal digits together. range: of that form.
/// place: its JSON path.
std::vector<Json> expand_range(const OrderedJson& range, const std::string& file,
                               const std::string& place);

}  // namespace edgesweep
