#include "host/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "host/error.h"

namespace edgesweep {
namespace {

constexpr off_t kMaxFileBytes = off_t{4} << 30;
constexpr size_t kBlockBytes = size_t{1} << 24;
constexpr size_t kStartBytes = 4096;
constexpr size_t kMaxShownName = 40;
constexpr size_t kMaxShownNames = 12;
constexpr const char* kAllowedFile = "a file that can be read";

/// Closes a file descriptor; only read from, so a failed close loses nothing.
class Descriptor {
 public:
  explicit Descriptor(int id) : id_(id) {}
  ~Descriptor() {
    if (id_ >= 0) ::close(id_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return id_; }

 private:
  int id_;
};

void check_status(const std::string& path, const struct stat& status) {
  if (S_ISREG(status.st_mode)) {
    if (status.st_size == 0) throw InputError(path, "", "an empty file", kAllowedFile);
    return;
  }
  std::string kind = "something that is not a file";
  if (S_ISDIR(status.st_mode)) kind = "a directory";
  if (S_ISFIFO(status.st_mode)) kind = "a named pipe";
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) kind = "a device";
  throw InputError(path, "", kind, kAllowedFile);
}

}  // namespace

void check_regular_file(const std::string& path) {
  // The system would take it for the end of the path, and open another file.
  if (path.find('\0') != std::string::npos)
    throw InputError(path, "", "a NUL character in the path", kAllowedFile);
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) {
    throw InputError(path, "", fmt::format("no readable file ({})", std::strerror(errno)),
                     kAllowedFile);
  }
  check_status(path, status);
}

namespace {

/// At most `most` bytes from the start of a file.
InputFile read_bytes_of(const std::string& path, size_t most) {
  check_regular_file(path);
  // Non-blocking and checked again: what the path names may have changed since.
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (descriptor.get() < 0) {
    throw InputError(path, "", fmt::format("no readable file ({})", std::strerror(errno)),
                     kAllowedFile);
  }
  struct stat status;
  if (::fstat(descriptor.get(), &status) != 0) {
    throw SystemError(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  check_status(path, status);
  const size_t size = std::min(static_cast<size_t>(status.st_size), most);
  if (size > static_cast<size_t>(kMaxFileBytes)) {
    throw InputError(path, "", fmt::format("{} bytes", status.st_size),
                     fmt::format("a file of at most {} bytes", kMaxFileBytes));
  }
  InputFile file{path, std::vector<unsigned char>(size)};
  size_t done = 0;
  while (done < file.bytes.size()) {
    const size_t wanted = std::min(kBlockBytes, file.bytes.size() - done);
    const ssize_t got = ::read(descriptor.get(), file.bytes.data() + done, wanted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw SystemError(fmt::format("{}: {}", path, std::strerror(errno)));
    if (got == 0) throw SystemError(path + ": the file became shorter while it was read");
    done += static_cast<size_t>(got);
  }
  return file;
}

}  // namespace

InputFile read_input_file(const std::string& path) {
  return read_bytes_of(path, std::numeric_limits<size_t>::max());
}

InputFile read_input_start(const std::string& path) { return read_bytes_of(path, kStartBytes); }

std::string kind_of_bytes(const InputFile& file) {
  const auto& bytes = file.bytes;
  if (bytes.size() > 6 && bytes[0] == 0x93 && bytes[1] == 'N' && bytes[2] == 'U') {
    return "a single .npy array";
  }
  if (bytes.size() > 1 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5) {
    return "a Python pickle, which is never read";
  }
  return "neither a .npz nor an HDF5 file";
}

std::string printable(const std::string& name) {
  std::string shown = name.substr(0, kMaxShownName);
  for (char& letter : shown) {
    if (letter < ' ' || letter > '~') letter = '?';
  }
  return name.size() > kMaxShownName ? shown + "..." : shown;
}

void refuse_missing(const std::string& path, const std::string& name,
                    const std::vector<std::string>& present,
                    const std::vector<std::string>& expected, const std::string& allowed) {
  std::string list;
  std::vector<std::string> candidates;
  for (size_t i = 0; i < present.size(); ++i) {
    if (i < kMaxShownNames) list += (i == 0 ? "" : ", ") + printable(present[i]);
    if (i == kMaxShownNames) list += ", ...";
    const bool is_expected =
        std::find(expected.begin(), expected.end(), present[i]) != expected.end();
    if (!is_expected) candidates.push_back(present[i]);
  }
  throw InputError(path, name,
                   fmt::format("nothing (the file holds {})", list.empty() ? "no arrays" : list),
                   allowed, printable(nearest_name(name, candidates)));
}

}  // namespace edgesweep
