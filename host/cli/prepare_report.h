#pragma once
#include <string>
#include <vector>

#include "host/data/prepared_dataset.h"

namespace edgesweep {

/// What `edgesweep prepare` says about the datasets it has written: all about a single one, a line
/// each about several. Notes on standard error.
class PrepareReport {
 public:
  /// datasets: how many there will be.
  explicit PrepareReport(size_t datasets) : single_(datasets == 1) {}
  /// path: where it was written.
  void add(const PreparedDataset& dataset, const std::string& path);
  /// The table of several datasets; nothing for a single one.
  void print() const;

 private:
  const bool single_;
  std::string head_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace edgesweep
