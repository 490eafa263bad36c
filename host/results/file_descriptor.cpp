#include "host/results/file_descriptor.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace edgesweep {

FileDescriptor::~FileDescriptor() {
  if (value_ >= 0) close(value_);
}

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : value_(std::exchange(other.value_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

int FileDescriptor::close_now() { return close(std::exchange(value_, -1)) == 0 ? 0 : errno; }

int write_all(int descriptor, const unsigned char* data, size_t size) {
  constexpr size_t kMostAtOnce = size_t{1} << 30;
  while (size > 0) {
    const ssize_t written = write(descriptor, data, std::min(size, kMostAtOnce));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return 0;
}

SystemError file_failure(const std::string& path, const std::string& action, int error) {
  return SystemError(path + ": cannot " + action + ": " + std::generic_category().message(error));
}

}  // namespace edgesweep
