#pragma once
#include <string>

namespace edgesweep {

/// Exclusive advisory lock on `<results file>.lock`: two processes never write one results file.
/// Held from construction to destruction, gone with the process however it ends (flock). The lock
/// file names the holder's process and is removed on release.
class FileLock {
 public:
  /// Throws InputError, naming the holder's process if known, when the file is locked already;
  /// SystemError when the lock file cannot be made. Never waits. Removes temporary files that a
  /// killed writer left beside the results file and in its folder of checkpoints.
  explicit FileLock(const std::string& results_path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace edgesweep
