#include "host/cli/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <initializer_list>

namespace edgesweep {
namespace {

std::atomic<bool> wish{false};
std::atomic<int64_t> first_control_c{0};  ///< milliseconds of the monotonic clock
std::atomic<bool> something_to_keep{false};
static_assert(std::atomic<int64_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "used in a signal handler");

int64_t now_in_milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

/// Programs that pass a signal on send it to this process and to its group: two SIGINTs at once are
/// one Ctrl-C.
constexpr int64_t kOneControlC = 500;

void on_stop_signal(int number) {
  if (!something_to_keep.load()) _exit(kInterrupted);
  wish.store(true);
  if (number != SIGINT) return;
  const int64_t now = now_in_milliseconds();
  int64_t first = 0;
  if (!first_control_c.compare_exchange_strong(first, now) && now - first > kOneControlC)
    _exit(kInterrupted);
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // a signal is no error of a write that it interrupts
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

bool is_ignored(int number) {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void handle_stop_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU})
    handle(number, on_stop_signal);
  if (!is_ignored(SIGHUP)) handle(SIGHUP, on_stop_signal);
}

/// Unlike SIG_IGN, a handler is not inherited by programs that this one starts.
void do_nothing(int) {}

}  // namespace

void catch_interrupts() {
  something_to_keep.store(true);
  handle_stop_signals();
  meet_file_limit_as_error();
}

void end_on_interrupts() {
  something_to_keep.store(false);
  handle_stop_signals();
}

bool interrupted() { return wish.load(); }

void meet_file_limit_as_error() { handle(SIGXFSZ, do_nothing); }

void meet_closed_pipe_as_error() { handle(SIGPIPE, do_nothing); }

}  // namespace edgesweep
