#include "host/results/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "host/error.h"
#include "host/results/file_descriptor.h"
#include "host/results/ownership/ownership.h"
#include "host/results/temporary_files.h"

namespace edgesweep {
namespace {

/// The new file may be read by no more people than the old one. Where the system refuses to give it
/// to the old one's group, the group it has instead may do what everybody may.
void keep_access(int descriptor, const struct stat& old) {
  const bool is_ours = old.st_uid == geteuid();
  const bool same_group = fchown(descriptor, is_ours ? -1 : old.st_uid, old.st_gid) == 0 ||
                          fchown(descriptor, -1, old.st_gid) == 0;
  mode_t mode = old.st_mode & 07777;
  if (!same_group) mode = (mode & ~mode_t{070}) | ((mode & 07) << 3);
  if (fchmod(descriptor, mode) != 0) return;  // some file systems know no modes
}

/// 0 or the error.
int write_durably(const std::string& temporary, const std::string& path,
                  const std::function<int(int descriptor)>& write) {
  struct stat old {};
  const bool replaces = lstat(path.c_str(), &old) == 0 && S_ISREG(old.st_mode);
  const mode_t mode = replaces ? S_IRUSR | S_IWUSR : 0666;
  FileDescriptor file(
      open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file.is_open()) return errno;
  if (replaces) keep_access(file.get(), old);
  if (const int error = write(file.get())) return error;
  if (fsync(file.get()) != 0) return errno;
  return file.close_now();
}

/// The rename itself must survive a power cut. Some file systems cannot sync a folder (EINVAL):
/// nothing more can be done there.
int sync_folder(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string name = parent.empty() ? "." : parent.string();
  const FileDescriptor folder(open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return errno == EACCES ? 0 : errno;  // may be written to, but not listed
  return fsync(folder.get()) == 0 || errno == EINVAL ? 0 : errno;
}

}  // namespace

void replace_file(const std::string& path, const std::vector<unsigned char>& content) {
  replace_file(
      path, [&](int descriptor) { return write_all(descriptor, content.data(), content.size()); });
}

void replace_file(const std::string& path, const std::function<int(int descriptor)>& write) {
  const std::string temporary = temporary_name(path);
  int error = 0;
  try {
    error = write_durably(temporary, path, write);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  if (error != 0) {
    unlink(temporary.c_str());
    throw file_failure(path, "write", error);
  }
  try {
    require_ownership(path);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    error = errno;
    unlink(temporary.c_str());
    throw file_failure(path, "replace", error);
  }
  if (const int failed = sync_folder(path)) throw file_failure(path, "sync the folder", failed);
}

void make_folder(const std::string& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error) throw file_failure(path, "make this folder", error.value());
  if (!made) return;
  if (const int failed = sync_folder(path))
    throw file_failure(path, "sync the folder above", failed);
}

std::string without_link(const std::string& path) {
  constexpr int kMostLinks = 40;  // as many as the system follows
  std::filesystem::path file = path;
  std::error_code none;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(file, none); ++i)
    file = file.parent_path() / std::filesystem::read_symlink(file);  // an absolute one replaces it
  return file.string();
}

bool file_exists(const std::string& path) {
  struct stat information {};
  if (stat(path.c_str(), &information) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    throw file_failure(path, "read", errno);
  }
  if (!S_ISREG(information.st_mode))
    throw InputError(path, "", S_ISDIR(information.st_mode) ? "a folder" : "no regular file",
                     "a file");
  if (access(path.c_str(), R_OK) != 0) throw file_failure(path, "read", errno);
  return true;
}

std::vector<unsigned char> read_file(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat information {};
  if (!file.is_open() || fstat(file.get(), &information) != 0)
    throw file_failure(path, "read", errno);
  std::vector<unsigned char> content(static_cast<size_t>(information.st_size));
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = read(file.get(), content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw file_failure(path, "read", errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  content.resize(done);
  return content;
}

}  // namespace edgesweep
