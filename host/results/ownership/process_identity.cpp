#include "host/results/ownership/process_identity.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "host/sha256.h"

namespace edgesweep {
namespace {

/// What /proc/<process>/stat says of a process.
struct ProcessState {
  char state = '?';
  int64_t threads = 0;
  uint64_t start_time = 0;
};

std::optional<ProcessState> state_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The name of the program stands in brackets and may hold brackets and spaces.
  const size_t bracket = line.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(bracket + 1));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  constexpr size_t kState = 0, kThreads = 17, kStart = 19;  // 3, 20 and 22 of proc(5)
  if (fields.size() <= kStart) return std::nullopt;
  try {
    return ProcessState{fields[kState][0], std::stoll(fields[kThreads]),
                        std::stoull(fields[kStart])};
  } catch (const std::logic_error&) {
    return std::nullopt;
  }
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  if (gethostname(name, sizeof(name) - 1) != 0) return "";
  std::string text = name;
  for (char& c : text)
    if (c <= ' ' || c > '~') c = '?';
  return text;
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  file >> id;
  return id;
}

bool exists(int64_t process) { return kill(static_cast<pid_t>(process), 0) == 0 || errno != ESRCH; }

}  // namespace

ProcessIdentity this_process() {
  ProcessIdentity identity;
  identity.host = host_name();
  identity.boot_id = boot_id();
  struct stat status {};
  if (stat("/proc/self/ns/pid", &status) == 0) identity.pid_namespace = status.st_ino;
  identity.process = getpid();
  if (const auto state = state_of("self")) identity.start_time = state->start_time;
  return identity;
}

Presence presence_of(const ProcessIdentity& other, const ProcessIdentity& asker) {
  const bool same_machine = other.host == asker.host && other.boot_id == asker.boot_id &&
                            other.pid_namespace == asker.pid_namespace;
  if (!same_machine || asker.boot_id.empty() || asker.pid_namespace == 0) return Presence::unknown;
  if (!exists(other.process)) return Presence::gone;
  const auto state = state_of(std::to_string(other.process));
  if (!state) return exists(other.process) ? Presence::unknown : Presence::gone;
  if (state->start_time != other.start_time) return Presence::gone;
  // Ended, and only its parent has not asked yet. While other threads of it are left, one of them
  // may still be in a write.
  const bool ended = (state->state == 'Z' || state->state == 'X') && state->threads <= 1;
  return ended ? Presence::gone : Presence::alive;
}

std::string name_of(const ProcessIdentity& identity) {
  return "process " + std::to_string(identity.process) + " on host " + identity.host;
}

std::string machine_name(const ProcessIdentity& identity) {
  constexpr size_t kHostLetters = 16;
  constexpr size_t kHashDigits = 8;
  std::string name = identity.host.substr(0, kHostLetters);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  const std::string all =
      identity.host + "\n" + identity.boot_id + "\n" + std::to_string(identity.pid_namespace);
  return name + "-" + sha256_hex(all.data(), all.size()).substr(0, kHashDigits);
}

}  // namespace edgesweep
