#include "host/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "host/error.h"

namespace edgesweep {
namespace {

void limit(int resource, uint64_t soft, uint64_t hard) {
  rlimit set = {};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &set) != 0) return;
  if (set.rlim_max == RLIM_INFINITY || hard < set.rlim_max) set.rlim_max = hard;
  set.rlim_cur = soft < set.rlim_max ? soft : set.rlim_max;
  setrlimit(static_cast<__rlimit_resource_t>(resource), &set);
}

/// Bytes that this process has mapped; 0 if the system does not tell.
uint64_t mapped_bytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  unsigned long pages = 0;
  // Nothing that a process after fork() may not do.
  // NOLINTNEXTLINE(bugprone-unchecked-string-to-number-conversion)
  const int found = std::fscanf(file, "%lu", &pages);
  std::fclose(file);
  return found == 1 ? uint64_t{pages} * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

uint64_t processor_seconds() {
  rusage used = {};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<uint64_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
}

/// A crash ends the process at once, whoever has asked to hear of it; a wish to stop goes to the
/// parent alone.
void take_over_signals() {
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGXCPU, SIGSYS})
    std::signal(number, SIG_DFL);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGPIPE})
    std::signal(number, SIG_IGN);
}

void be_silent() {
  const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nothing < 0) return;
  dup2(nothing, STDOUT_FILENO);
  dup2(nothing, STDERR_FILENO);
}

void prepare_child(const ChildLimits& limits) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 0);  // no core, not even to a program that collects them
  take_over_signals();
  be_silent();
  limit(RLIMIT_CORE, 0, 0);
  const uint64_t seconds = processor_seconds() + limits.seconds;
  limit(RLIMIT_CPU, seconds, seconds + 1);
  if (const uint64_t mapped = mapped_bytes(); mapped != 0)
    limit(RLIMIT_AS, mapped + limits.memory, mapped + limits.memory);
}

/// One byte, once the work is done: a status cannot be had where SIGCHLD is ignored.
bool read_done(int from) {
  char done = 0;
  ssize_t got = 0;
  do got = read(from, &done, 1);
  while (got < 0 && errno == EINTR);
  return got == 1;
}

/// The signal that ended the process, 0 if none did or the system does not tell.
int collect(pid_t id) {
  int status = 0;
  pid_t got = 0;
  do got = waitpid(id, &status, 0);
  while (got < 0 && errno == EINTR);
  return got == id && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

[[noreturn]] void refuse_process(int error) {
  throw SystemError(std::string("the system gives no process to look at a file with: ") +
                    std::strerror(error));
}

}  // namespace

Child run_in_child(const ChildLimits& limits, const std::function<void()>& work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) refuse_process(errno);
  const pid_t id = fork();
  if (id == 0) {
    prepare_child(limits);
    try {
      work();
    } catch (...) {  // what cannot be read is for the parent to find out, and to say
    }
    const ssize_t written = write(ends[1], "d", 1);
    _exit(written == 1 ? 0 : 1);
  }
  const int error = errno;
  close(ends[1]);
  if (id < 0) {
    close(ends[0]);
    refuse_process(error);
  }
  const bool done = read_done(ends[0]);
  close(ends[0]);
  const int signal = collect(id);
  if (done) return {ChildEnd::finished, 0};
  if (signal == SIGXCPU) return {ChildEnd::too_long, signal};
  return {signal == SIGKILL ? ChildEnd::killed : ChildEnd::crashed, signal};
}

}  // namespace edgesweep
