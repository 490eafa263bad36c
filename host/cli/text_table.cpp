#include "host/cli/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace edgesweep {
namespace {

bool looks_numeric(const std::string& text) {
  return text.empty() || text == "-" || std::isdigit(static_cast<unsigned char>(text.front()));
}

}  // namespace

std::string text_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> width;
  std::vector<bool> right(header.size(), true);
  for (size_t c = 0; c < header.size(); ++c) {
    width.push_back(header[c].size());
    for (const std::vector<std::string>& row : rows) {
      width[c] = std::max(width[c], row[c].size());
      right[c] = right[c] && looks_numeric(row[c]);
    }
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (size_t c = 0; c < cells.size(); ++c)
      text += (c > 0 ? "  " : "") + (right[c] ? fmt::format("{:>{}}", cells[c], width[c])
                                              : fmt::format("{:<{}}", cells[c], width[c]));
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string text = line(header);
  for (const std::vector<std::string>& row : rows) text += line(row);
  return text;
}

}  // namespace edgesweep
