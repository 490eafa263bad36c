#pragma once

namespace edgesweep {

/// A log10 axis has exponents that are multiples of 1/40: halves, fifths, eighths and tenths of a
/// decade among them.
constexpr int kPowerSteps = 40;

/// 10^(fortieths / 40), the nearest double: an exact decimal text is read, no pow, so every machine
/// gets the same bits. |fortieths| <= 300 * 40.
double power_of_ten(int fortieths);

}  // namespace edgesweep
