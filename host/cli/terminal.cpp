#include "host/cli/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <system_error>

namespace edgesweep {

void open_standard_files() {
  // Read-only for the output and write-only for the input: using them is the error it was.
  constexpr int kModes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is this one: those below are open.
    if (open("/dev/null", kModes[descriptor]) < 0) return;
  }
}

void tell(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

bool output_complete() {
  std::cout.flush();
  errno = 0;
  const bool complete = std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
  if (complete) return true;
  const std::string reason =
      errno != 0 ? ": " + std::generic_category().message(errno) : std::string();
  tell("edgesweep: standard output cannot be written" + reason + "\n");
  return false;
}

}  // namespace edgesweep
