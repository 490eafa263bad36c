#include "host/results/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "host/error.h"

namespace edgesweep {
namespace {

SystemError failure(const std::string& path, const std::string& action, int error) {
  return SystemError(path + ": cannot " + action + ": " + std::generic_category().message(error));
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : value_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  /// Closes now; 0 or the error (some file systems report a full disk only here).
  int close_now() {
    const int result = close(value_) == 0 ? 0 : errno;
    value_ = -1;
    return result;
  }

 private:
  int value_;
};

/// 0 or the error.
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

int write_durably(const std::string& path, const std::vector<unsigned char>& content) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.is_open()) return errno;
  if (const int error = write_all(file.get(), content.data(), content.size())) return error;
  if (fsync(file.get()) != 0) return errno;
  return file.close_now();
}

/// The rename itself must survive a power cut. Some file systems cannot sync a folder (EINVAL):
/// nothing more can be done there.
int sync_folder(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  Descriptor folder(parent.empty() ? "." : parent.string(), O_RDONLY | O_DIRECTORY);
  if (!folder.is_open()) return errno;
  return fsync(folder.get()) == 0 || errno == EINVAL ? 0 : errno;
}

/// Removes the last "." and what follows if that is `end`, or digits where `end` is empty.
bool drop_extension(std::string& name, const std::string& end) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return false;
  const std::string extension = name.substr(dot + 1);
  const bool digits =
      !extension.empty() && extension.find_first_not_of("0123456789") == std::string::npos;
  if (end.empty() ? !digits : extension != end) return false;
  name.resize(dot);
  return true;
}

/// Which file a temporary file was to replace; "" if the name is not one of replace_file's.
std::string replaced_name(std::string name) {
  const bool ours =
      drop_extension(name, "tmp") && drop_extension(name, "") && drop_extension(name, "");
  return ours ? name : "";
}

}  // namespace

void replace_file(const std::string& path, const std::vector<unsigned char>& content) {
  static std::atomic<unsigned> counter{0};
  const std::string temporary =
      path + "." + std::to_string(getpid()) + "." + std::to_string(counter++) + ".tmp";
  unlink(temporary.c_str());  // left by a dead process that had our number
  if (const int error = write_durably(temporary, content)) {
    unlink(temporary.c_str());
    throw failure(path, "write", error);
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    throw failure(path, "replace", error);
  }
  if (const int error = sync_folder(path)) throw failure(path, "sync the folder", error);
}

void make_folder(const std::string& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error) throw failure(path, "make this folder", error.value());
  if (!made) return;
  if (const int failed = sync_folder(path)) throw failure(path, "sync the folder above", failed);
}

void remove_leftovers(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const std::string start = std::filesystem::path(path).filename().string();
  std::error_code ignored;
  std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, ignored);
  for (; entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
    const std::string target = replaced_name(entry->path().filename().string());
    if (!target.empty() && (start.empty() || target == start))
      std::filesystem::remove(entry->path(), ignored);
  }
}

bool file_exists(const std::string& path) {
  struct stat information {};
  if (stat(path.c_str(), &information) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    throw failure(path, "read", errno);
  }
  if (!S_ISREG(information.st_mode))
    throw InputError(path, "", S_ISDIR(information.st_mode) ? "a folder" : "no regular file",
                     "a file");
  if (access(path.c_str(), R_OK) != 0) throw failure(path, "read", errno);
  return true;
}

std::vector<unsigned char> read_file(const std::string& path) {
  Descriptor file(path, O_RDONLY);
  struct stat information {};
  if (!file.is_open() || fstat(file.get(), &information) != 0) throw failure(path, "read", errno);
  std::vector<unsigned char> content(static_cast<size_t>(information.st_size));
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = read(file.get(), content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw failure(path, "read", errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  content.resize(done);
  return content;
}

}  // namespace edgesweep
