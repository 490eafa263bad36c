#include "host/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace edgesweep {
std::string with_prefix(double value, const std::string& unit) {
  static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  size_t prefix = 0;
  // 999.5 would print as "1000": the next prefix takes it.
  while (value >= 999.5 && prefix + 1 < std::size(kPrefixes)) {
    value /= 1000;
    ++prefix;
  }
  const int decimals = prefix == 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}{}", value, decimals, kPrefixes[prefix], unit);
}

std::string clock_text(double seconds) {
  const int64_t whole = std::llround(std::fmax(0.0, seconds));
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

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
