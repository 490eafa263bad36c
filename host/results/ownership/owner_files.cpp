#include "host/results/ownership/owner_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "host/error.h"
#include "host/results/temporary_files.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

constexpr size_t kMostBytes = 4096;  // of an owner file
constexpr mode_t kMode = 0666;       // less the umask

SystemError failure(const std::string& path, const std::string& action, int error) {
  return SystemError(path + ": cannot " + action + ": " + std::generic_category().message(error));
}

/// Opened without following a link or waiting for the other end of a pipe. Nothing if it is gone.
FileDescriptor open_owner(const std::string& path, int access = O_RDONLY) {
  for (;;) {
    FileDescriptor file(open(path.c_str(), access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.is_open()) return file;
    if (errno == EINTR) continue;
    // ESTALE: removed on another machine of a network file system.
    if (errno == ENOENT || errno == ENOTDIR || errno == ESTALE) return file;
    if ((errno == EACCES || errno == EROFS) && access != O_RDONLY) return open_owner(path);
    if (errno == ELOOP)
      throw SystemError(path + ": is a symbolic link, which an owner file never is; remove it");
    throw failure(path, "read who writes the file", errno);
  }
}

/// True if we hold it now.
bool lock(int descriptor) {
  int result = 0;
  do result = flock(descriptor, LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

/// 0 or the error.
int fill(int descriptor, OwnerRecord& record) {
  struct stat status {};
  record.flock = lock(descriptor);
  record.device = fstat(descriptor, &status) == 0 ? status.st_dev : 0;
  const std::string text = record_text(record);
  const int error =
      write_all(descriptor, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  if (error != 0) return error;
  return fsync(descriptor) == 0 ? 0 : errno;
}

bool is_mine(const std::string& path, const OwnerRecord& record) {
  const auto seen = read_owner(path);
  return seen && seen->key() == record.token;
}

FileDescriptor make_new(const std::string& path) {
  return FileDescriptor(
      open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode));
}

std::optional<FileDescriptor> make_without_links(const std::string& path, OwnerRecord& record) {
  FileDescriptor file = make_new(path);
  if (!file.is_open()) {
    if (errno == EEXIST) return std::nullopt;
    throw failure(path, "make this file, which says who writes the other", errno);
  }
  if (const int error = fill(file.get(), record)) {
    unlink(path.c_str());
    throw failure(path, "write", error);
  }
  return file;
}

}  // namespace

std::string SeenOwner::key() const {
  constexpr size_t kDigits = 16;
  return record ? record->token : sha256_hex(text.data(), text.size()).substr(0, kDigits);
}

std::optional<SeenOwner> read_owner(const std::string& path) {
  const FileDescriptor file = open_owner(path);
  if (!file.is_open()) return std::nullopt;
  struct stat status {};
  if (fstat(file.get(), &status) != 0) throw failure(path, "read", errno);
  if (!S_ISREG(status.st_mode)) throw SystemError(path + ": is no regular file; remove it");
  std::string text(kMostBytes, '\0');
  ssize_t length = 0;
  do length = pread(file.get(), text.data(), text.size(), 0);
  while (length < 0 && errno == EINTR);
  if (length < 0 && errno == ESTALE) return std::nullopt;
  if (length < 0) throw failure(path, "read who writes the file", errno);
  text.resize(static_cast<size_t>(length));
  return SeenOwner{path, text, parse_record(text), status.st_dev};
}

std::vector<SeenOwner> read_chain(const std::string& root) {
  constexpr size_t kMostLinks = 1000;  // a chain is as long as there were kills in a row
  std::vector<SeenOwner> chain;
  for (auto seen = read_owner(root); seen && chain.size() < kMostLinks;
       seen = read_owner(successor_path(root, chain.back().key())))
    chain.push_back(std::move(*seen));
  return chain;
}

std::string successor_path(const std::string& root, const std::string& key) {
  return root + "." + key;
}

std::optional<FileDescriptor> make_owner_file(const std::string& path, OwnerRecord& record) {
  const std::string temporary = temporary_name(path);
  FileDescriptor file = make_new(temporary);
  if (!file.is_open())
    throw failure(path, "make this file, which says who writes the other", errno);
  const int unwritten = fill(file.get(), record);
  if (unwritten == 0 && link(temporary.c_str(), path.c_str()) == 0) {
    unlink(temporary.c_str());
    return file;
  }
  const int refused = errno;
  unlink(temporary.c_str());
  if (unwritten != 0) throw failure(path, "write", unwritten);
  // Over a network the answer to a link that was made may be lost, and the second try finds it.
  if (is_mine(path, record)) return file;
  if (refused == EEXIST) return std::nullopt;
  return make_without_links(path, record);
}

LockState lock_state(const std::string& path) {
  // Over NFS only who may write can get it.
  const FileDescriptor file = open_owner(path, O_RDWR);
  if (!file.is_open()) return LockState::unsupported;
  if (lock(file.get())) return LockState::free;  // closing it gives it back
  return errno == EWOULDBLOCK ? LockState::held : LockState::unsupported;
}

}  // namespace edgesweep
