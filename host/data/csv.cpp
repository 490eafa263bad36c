#include "host/data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "host/input_file.h"

namespace edgesweep {
namespace {

/// Takes a text apart, record by record.
class Records {
 public:
  Records(const std::string& path, std::string text) : path_(path), text_(std::move(text)) {}

  /// Line of the record that next() returned last.
  int64_t line() const { return record_line_; }

  /// Fields of the next line that is not empty; nothing at the end.
  std::optional<std::vector<std::string>> next() {
    while (at_ < text_.size()) {
      record_line_ = line_;
      std::vector<std::string> fields = record();
      if (fields.size() > 1 || !fields.front().empty()) return fields;
    }
    return std::nullopt;
  }

 private:
  std::vector<std::string> record() {
    std::vector<std::string> fields;
    do fields.push_back(field());
    while (take(','));
    take('\r');
    if (at_ < text_.size() && !take('\n'))
      throw error("a text behind a closing quote", "a comma or the end of the line");
    ++line_;
    return fields;
  }

  std::string field() {
    if (take('"')) return quoted();
    const size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    std::string field = text_.substr(at_, end - at_);
    at_ = end;
    return field;
  }

  /// What follows an opening quote; two quotes stand for one.
  std::string quoted() {
    std::string field;
    for (;;) {
      const size_t quote = text_.find('"', at_);
      if (quote == std::string::npos) throw error("a quote without end", "a closing quote");
      field.append(text_, at_, quote - at_);
      at_ = quote + 1;
      if (!take('"')) break;
      field.push_back('"');
    }
    line_ += std::count(field.begin(), field.end(), '\n');
    return field;
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  InputError error(const std::string& found, const std::string& allowed) const {
    return {path_, fmt::format("line {}", record_line_), found, allowed};
  }

  const std::string& path_;
  std::string text_;
  size_t at_ = 0;
  int64_t line_ = 1;
  int64_t record_line_ = 1;
};

std::string file_text(const std::string& path) {
  const InputFile file = read_input_file(path);
  std::string text(file.bytes.begin(), file.bytes.end());
  if (text.find('\0') != std::string::npos)
    throw InputError(path, "", "a binary file", "a text file of comma-separated values");
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // byte order mark
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

CsvFile::CsvFile(const std::string& path) : path_(path) {
  Records records(path_, file_text(path));
  std::optional<std::vector<std::string>> fields = records.next();
  if (!fields) throw InputError(path, "", "no line", "a header line with the columns' names");
  columns_ = *fields;
  for (const std::string& column : columns_)
    if (column.empty() || std::count(columns_.begin(), columns_.end(), column) > 1)
      throw InputError(path, "line 1", "the column \"" + printable(column) + "\"",
                       "names that are not empty and occur once");
  while ((fields = records.next())) {
    if (fields->size() != columns_.size())
      throw InputError(path, fmt::format("line {}", records.line()),
                       fmt::format("{} fields", fields->size()),
                       fmt::format("{}, as many as the header has", columns_.size()));
    rows_.push_back(std::move(*fields));
    lines_.push_back(records.line());
  }
}

bool CsvFile::has(const std::string& column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

void CsvFile::require(const std::vector<std::string>& columns) const {
  for (const std::string& column : columns)
    if (!has(column))
      throw InputError(path_, "line 1", "no column " + column, joined(columns),
                       nearest_name(column, columns_));
}

size_t CsvFile::position(const std::string& column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) throw std::logic_error(path_ + " has no column " + column);
  return static_cast<size_t>(found - columns_.begin());
}

const std::string& CsvFile::text(size_t row, const std::string& column) const {
  return rows_[row][position(column)];
}

double CsvFile::number(size_t row, const std::string& column, double least, double most) const {
  const std::string& field = text(row, column);
  double value = 0;
  const char* end = field.data() + field.size();
  const auto [rest, error] = std::from_chars(field.data(), end, value);
  const bool is_number = error == std::errc() && rest == end && !std::isnan(value);
  if (!is_number || value < least || value > most) {
    const bool any = std::isinf(least) && std::isinf(most);
    throw refusal(row, column,
                  any ? "a number" : fmt::format("a number from {} to {}", least, most));
  }
  return value;
}

std::optional<double> CsvFile::number_if_any(size_t row, const std::string& column, double least,
                                             double most) const {
  if (text(row, column).empty()) return std::nullopt;
  return number(row, column, least, most);
}

InputError CsvFile::refusal(size_t row, const std::string& column,
                            const std::string& allowed) const {
  const std::string& field = text(row, column);
  return {path_, fmt::format("line {}, column {}", line(row), column),
          field.empty() ? "nothing" : "\"" + printable(field) + "\"", allowed};
}

std::vector<std::string> csv_header(const std::string& path) {
  try {
    return Records(path, file_text(path)).next().value_or(std::vector<std::string>());
  } catch (const InputError&) {
    return {};
  }
}

}  // namespace edgesweep
