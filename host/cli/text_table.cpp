#include "host/cli/text_table.h"

#include <algorithm>
#include <cctype>

namespace edgesweep {
namespace {

bool looks_numeric(const std::string& text) {
  return text.empty() || text == "-" || std::isdigit(static_cast<unsigned char>(text.front()));
}

/// Characters of a UTF-8 text.
size_t characters(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0u) != 0x80u;
  }));
}

}  // namespace

std::string text_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  print_text_table(
      header, rows.size(), [&](size_t row) { return rows[row]; },
      [&](const std::string& line) { text += line; });
  return text;
}

void print_text_table(const std::vector<std::string>& header, size_t rows,
                      const std::function<std::vector<std::string>(size_t row)>& row,
                      const std::function<void(const std::string& line)>& print) {
  std::vector<size_t> width;
  for (const std::string& cell : header) width.push_back(characters(cell));
  std::vector<bool> right(header.size(), true);
  for (size_t i = 0; i < rows; ++i) {
    const std::vector<std::string> cells = row(i);
    for (size_t c = 0; c < header.size(); ++c) {
      width[c] = std::max(width[c], characters(cells[c]));
      right[c] = right[c] && looks_numeric(cells[c]);
    }
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (size_t c = 0; c < cells.size(); ++c) {
      const std::string padding(width[c] - characters(cells[c]), ' ');
      text.append(c > 0 ? "  " : "").append(right[c] ? padding + cells[c] : cells[c] + padding);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  print(line(header));
  for (size_t i = 0; i < rows; ++i) print(line(row(i)));
}

}  // namespace edgesweep
