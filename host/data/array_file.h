#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/data/logit_source.h"

namespace edgesweep {

struct LogitShape {
  int64_t images = 0;
  int64_t classes = 0;
};

/// Throws InputError for a shape (images, classes) that the caller has no use for.
using LogitShapeCheck = std::function<void(int64_t images, int64_t classes)>;

/// A file of named arrays from outside, .npz or HDF5 (by content, not by name). All members throw
/// InputError with the file and the array's name.
class ArrayFile {
 public:
  virtual ~ArrayFile() = default;
  virtual const std::string& path() const = 0;
  virtual const std::string& sha256() const = 0;  ///< of the file, hex
  virtual std::vector<std::string> names() const = 0;
  /// One dimension with a value for each image of the logits, any integer or float type. Where
  /// there is one for each class instead, the message asks whether the logits are transposed.
  virtual std::vector<double> read(const std::string& name, const LogitShape& logits) const = 0;
  /// Two dimensions: (images x classes), which `check` may refuse before values are read. From .npz
  /// they are held in memory, at most 2^27 numbers; from HDF5 they are read as needed, as many as
  /// there are.
  virtual std::unique_ptr<LogitSource> logits(const std::string& name,
                                              const LogitShapeCheck& check) const = 0;
};

/// expected: the names that belong in such a file; a message about a missing one offers the nearest
/// of the others.
std::unique_ptr<ArrayFile> open_array_file(const std::string& path,
                                           const std::vector<std::string>& expected);

}  // namespace edgesweep
