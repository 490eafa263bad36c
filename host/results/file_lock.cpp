#include "host/results/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/checkpoint.h"

namespace edgesweep {
namespace {

SystemError lock_failure(const std::string& path, int error) {
  return SystemError(path + ": cannot lock: " + std::generic_category().message(error));
}

/// The process number the holder wrote, or "" (it may not have come to write it yet).
std::string holder(int descriptor) {
  char text[32];
  const ssize_t length = pread(descriptor, text, sizeof(text), 0);
  std::string digits;
  for (ssize_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; ++i) digits += text[i];
  return digits;
}

/// The number only helps a reader of the message, so a full disk is no reason to refuse.
void name_holder(int descriptor) {
  const std::string process = std::to_string(getpid()) + "\n";
  const bool named =
      ftruncate(descriptor, 0) == 0 &&
      pwrite(descriptor, process.data(), process.size(), 0) == static_cast<ssize_t>(process.size());
  if (!named && ftruncate(descriptor, 0) != 0) return;
}

/// False if the path names another file by now: the previous holder removed it between our open and
/// our lock.
bool still_at(const std::string& path, int descriptor) {
  struct stat opened {};
  struct stat named {};
  return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

FileLock::FileLock(const std::string& results_path) : path_(results_path + ".lock") {
  for (;;) {
    descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw lock_failure(path_, errno);
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      const std::string process = holder(descriptor_);
      close(descriptor_);
      if (error == EINTR) continue;
      if (error != EWOULDBLOCK) throw lock_failure(path_, error);
      throw InputError(results_path, "",
                       "another edgesweep is writing this file" +
                           (process.empty() ? "" : ", process " + process),
                       "one writer at a time; wait for it or choose another file with -o");
    }
    if (still_at(path_, descriptor_)) break;
    close(descriptor_);
  }
  name_holder(descriptor_);
  remove_leftovers(results_path);
  remove_leftovers(checkpoint_folder(results_path) + "/");
}

FileLock::~FileLock() {
  unlink(path_.c_str());  // while still locked, so nobody's new lock file is removed
  close(descriptor_);
}

}  // namespace edgesweep
