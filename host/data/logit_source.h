#pragma once
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace edgesweep {

/// Logits of one classifier, (images x classes), that need not fit into memory: rows are read in
/// order, as often as somebody passes over them.
class LogitSource {
 public:
  virtual ~LogitSource() = default;
  virtual int64_t images() const = 0;
  virtual int64_t classes() const = 0;
  /// Rows first..first+count-1, row-major, into values. Throws InputError for damaged content.
  virtual void read(int64_t first, int64_t count, double* values) = 0;
};

/// Logits in memory.
class LogitsInMemory : public LogitSource {
 public:
  /// values: (images x classes), row-major.
  LogitsInMemory(int64_t images, int64_t classes, std::vector<double> values)
      : images_(images), classes_(classes), values_(std::move(values)) {}
  int64_t images() const override { return images_; }
  int64_t classes() const override { return classes_; }
  void read(int64_t first, int64_t count, double* values) override;

 private:
  int64_t images_, classes_;
  std::vector<double> values_;
};

/// Rows that are read at once: about a million numbers. Depends on nothing but the number of
/// classes, so sums over blocks have the same shape everywhere.
int64_t rows_per_block(int64_t classes);

/// Calls f(first, count, values) for the blocks of rows in order, one after another, on this
/// thread; the next block is read meanwhile by another one. f may use TBB. What f or read() throw
/// is passed on.
void for_each_block(
    LogitSource& logits,
    const std::function<void(int64_t first, int64_t count, const double* values)>& f);

}  // namespace edgesweep
