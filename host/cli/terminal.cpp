#include "host/cli/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <system_error>

namespace edgesweep {
namespace {

/// Of the first write to standard output that failed; 0: none did.
int output_error = 0;

bool json_form = false;

bool write_error(const std::string& text) {
  return std::fputs(text.c_str(), stderr) >= 0 && std::fflush(stderr) == 0;
}

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

void write_json_messages() { json_form = true; }

bool json_messages() { return json_form; }

void print_message(const std::string& text) {
  if (!json_form) {
    write_error(text);
    return;
  }
  const size_t end = text.find_last_not_of("\n");
  print_event(
      {{"event", "message"}, {"text", text.substr(0, end == std::string::npos ? 0 : end + 1)}});
}

void print_event(const nlohmann::ordered_json& event) {
  using Json = nlohmann::ordered_json;
  // Texts of files may hold any bytes.
  const bool written =
      write_error(event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  // The program that started this one has ended, and with it whoever wanted the results.
  if (!written && reader_is_gone(STDERR_FILENO)) std::raise(SIGTERM);
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
  if (json_form) return false;
  const char* const kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && kind != nullptr && *kind != '\0' &&
         std::string_view(kind) != "dumb";
}

}  // namespace edgesweep
