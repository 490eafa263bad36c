#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/files.h"

namespace edgesweep::testing {

/// What a finished program left: exit code (128 + signal when one killed it) and what it printed.
struct Finished {
  int exit_code = -1;
  std::string out;
  std::string err;
  double peak_bytes = 0;  ///< memory at its largest
};

/// The program under test, started with arguments; its output goes to files that wait() reads.
class Process {
 public:
  /// file_limit: RLIMIT_FSIZE in bytes, 0 for none.
  Process(const std::vector<std::string>& arguments, const std::string& folder,
          uint64_t file_limit = 0);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  void signal(int number) const;
  bool running();
  /// What it has written to standard error so far.
  std::string messages() const;
  Finished wait();

 private:
  /// Collects the process if it has ended, or waits for it.
  bool collect(int options);

  std::string out_path_, err_path_;
  pid_t id_ = -1;
  int status_ = 0;
  double peak_bytes_ = 0;
  bool ended_ = false;
};

/// Until the condition holds or the process has ended.
void wait_until(Process& process, const std::function<bool()>& condition);

/// Runs `edgesweep` to its end, working folder `folder`.
Finished edgesweep_command(const std::vector<std::string>& arguments, const std::string& folder);

}  // namespace edgesweep::testing
