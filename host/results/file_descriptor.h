#pragma once
#include <cstddef>
#include <string>

#include "host/error.h"

namespace edgesweep {

/// Owns an open file and closes it. Movable.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  /// What open() returned: negative for no file, with the reason in errno.
  explicit FileDescriptor(int value) : value_(value) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  /// Closes now; 0 or the error (some file systems report a full disk only here).
  int close_now();

 private:
  int value_ = -1;
};

/// Writes all of it, however often the system interrupts; 0 or the error.
int write_all(int descriptor, const unsigned char* data, size_t size);

/// "<path>: cannot <action>: <what the system says of the error>".
SystemError file_failure(const std::string& path, const std::string& action, int error);

}  // namespace edgesweep
