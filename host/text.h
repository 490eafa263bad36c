#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace edgesweep {
/// 3.2 GFLOP, 512 MB, ...: three significant digits with a decimal prefix.
std::string with_prefix(double value, const std::string& unit);

/// 1:02:03 or 2:03.
std::string clock_text(double seconds);

/// Aligned columns under a header, two spaces between: numbers to the right, texts to the left.
/// Every line ends with a newline.
std::string text_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows);

/// The same for many rows, which are made when they are needed: each is asked for twice, in order.
/// `print` gets the lines one after another.
void print_text_table(const std::vector<std::string>& header, size_t rows,
                      const std::function<std::vector<std::string>(size_t row)>& row,
                      const std::function<void(const std::string& line)>& print);

}  // namespace edgesweep
