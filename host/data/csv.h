#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "host/error.h"

namespace edgesweep {

/// A table of comma-separated values under a header line, from a file of a person. Fields may be
/// quoted as RFC 4180 has it; lines end with LF or CRLF; empty lines count as nothing.
class CsvFile {
 public:
  /// Throws InputError for what is no text file of this form: a column that is named twice or not
  /// at all, a line with another number of fields than the header, a quote that is not closed.
  explicit CsvFile(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<std::string>& columns() const { return columns_; }
  bool has(const std::string& column) const;
  size_t rows() const { return rows_.size(); }
  int64_t line(size_t row) const { return lines_[row]; }  ///< of the file, from 1

  /// InputError naming the columns that are missing, with the nearest that is there.
  void require(const std::vector<std::string>& columns) const;

  /// A field, as it stands there. The column must exist.
  const std::string& text(size_t row, const std::string& column) const;
  /// InputError unless the field is a number from `least` to `most`.
  double number(size_t row, const std::string& column, double least, double most) const;
  /// The same, or nothing for an empty field.
  std::optional<double> number_if_any(size_t row, const std::string& column, double least,
                                      double most) const;

  /// What is wrong with a field: "FILE: line 7, column r: found \"x\"; allowed: ALLOWED".
  InputError refusal(size_t row, const std::string& column, const std::string& allowed) const;

 private:
  size_t position(const std::string& column) const;

  std::string path_;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<int64_t> lines_;
};

/// Names of the columns of such a file, whatever stands below; none for a file that is no table.
std::vector<std::string> csv_header(const std::string& path);

}  // namespace edgesweep
