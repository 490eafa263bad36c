#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "host/results/ownership/owner_files.h"
#include "host/stop_request.h"

namespace edgesweep {

/// How an ownership is asked for. The defaults never wait.
struct OwnershipOptions {
  /// Also from an owner that lives, or may live.
  bool take_over = false;
  /// Wait until it is known whether an owner elsewhere lives.
  bool wait = false;
  /// Ends the waiting.
  StopRequest stop;
  /// Gets a line when waiting begins, and one a minute.
  std::function<void(const std::string&)> tell;

  // For tests:
  ProcessIdentity self = this_process();
  std::function<double()> seconds;            ///< the asker's clock; null: steady_clock
  std::function<void(double seconds)> sleep;  ///< null: really
  double beat_seconds = 20;                   ///< between two moves of the counter
};

/// An owner elsewhere whose counter has stood still for this long, by the asker's clock, is gone.
constexpr double kStandstillSeconds = 300;

/// The right to write a results file and what lies in its folder of checkpoints, held from take()
/// to destruction: two processes never write one results file, also on different machines. While it
/// is held, `<results file>.lock` names the process, and a thread moves the counter in it.
///
/// An owner is gone when its process is (same host, boot and container), when nobody of the same
/// boot holds the system's lock that it held (same mount), when its counter has stood still
/// (elsewhere), or when the asker says so. Where the system has no locks (flock), nothing else
/// changes.
///
/// replace_file and those who remove files ask require_ownership() before they do: an owner that
/// has been taken over writes nothing more.
class Ownership {
 public:
  /// Throws BusyError, naming host and process, when somebody else is the owner or may be;
  /// SystemError when the owner file cannot be made, std::system_error when no thread can be. Null
  /// when `stop` ended the waiting. Removes temporary files that owners that are gone left beside
  /// the results file and in its folder of checkpoints.
  static std::unique_ptr<Ownership> take(const std::string& results_path,
                                         const OwnershipOptions& options = {});
  /// Removes the owner file, unless another owner's is there by now.
  ~Ownership();
  Ownership(const Ownership&) = delete;
  Ownership& operator=(const Ownership&) = delete;

  /// True once it was noticed, at the latest by the next move of the counter, that another process
  /// has taken over. From any thread.
  bool lost() const { return lost_.load(); }
  /// Looks now. Throws BusyError, which names the new owner; SystemError when that cannot be told.
  void require();
  bool covers(const std::string& path) const;

 private:
  Ownership(std::string results_path, OwnerRecord record, FileDescriptor file, double beat_seconds);
  void beat();

  const std::string results_path_;
  const std::string root_;
  const double beat_seconds_;
  FileDescriptor file_;
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;
  OwnerRecord record_;
  std::string loss_;  ///< what to say once it is lost
  std::atomic<bool> lost_{false};
  std::thread heart_;
};

/// Throws as Ownership::require() if this process has or had an ownership that covers `path`; does
/// nothing for any other path.
void require_ownership(const std::string& path);

}  // namespace edgesweep
