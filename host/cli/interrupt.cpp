#include "host/cli/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace edgesweep {
namespace {

std::atomic<int> signals{0};
static_assert(std::atomic<int>::is_always_lock_free, "used in a signal handler");

void on_signal(int) {
  if (signals.fetch_add(1) > 0) _exit(130);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  meet_file_limit_as_error();
}

void meet_file_limit_as_error() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  sigemptyset(&action.sa_mask);
  sigaction(SIGXFSZ, &action, nullptr);
}

bool interrupted() { return signals.load() > 0; }

}  // namespace edgesweep
