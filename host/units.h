#pragma once
#include <cstdint>
#include <string>

namespace edgesweep {

/// 3.2 GFLOP, 512 MB, ...: three significant digits with a decimal prefix.
std::string with_prefix(double value, const std::string& unit);

/// 1:02:03 or 2:03.
std::string clock_text(double seconds);

}  // namespace edgesweep
