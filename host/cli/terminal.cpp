#include "host/cli/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <system_error>

namespace edgesweep {
namespace {

/// Of the first write to standard output that failed; 0: none did.
int output_error = 0;

/// The pipe or socket has no reader any more.
bool reader_is_gone(int descriptor) {
  pollfd file{descriptor, 0, 0};
  return poll(&file, 1, 0) == 1 && (file.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace

void open_standard_files() {
  // Read-only for the output and write-only for the input: using them is the error it was.
  constexpr int kModes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is this one: those below are open.
    if (open("/dev/null", kModes[descriptor]) < 0) return;
  }
}

void print_message(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) print_message("edgesweep: note: " + note + "\n");
}

void write_output(std::string_view text) {
  if (output_error != 0) return;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    output_error = errno != 0 ? errno : EIO;
}

bool output_complete() {
  errno = 0;
  std::cout.flush();
  const bool complete = std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
  if (complete && output_error == 0) return true;
  if (output_error == 0) output_error = errno;
  if (output_error == EPIPE || reader_is_gone(STDOUT_FILENO)) return true;
  const std::string reason =
      output_error != 0 ? ": " + std::generic_category().message(output_error) : std::string();
  print_message("edgesweep: standard output cannot be written" + reason + "\n");
  return false;
}

bool can_rewrite_lines() {
  const char* const kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && kind != nullptr && *kind != '\0' &&
         std::string_view(kind) != "dumb";
}

}  // namespace edgesweep
