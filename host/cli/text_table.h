#pragma once
#include <string>
#include <vector>

namespace edgesweep {

/// Aligned columns under a header, two spaces between: numbers to the right, texts to the left.
/// Every line ends with a newline.
std::string text_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows);

}  // namespace edgesweep
