#include "host/results/ownership/owner_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <system_error>

#include "host/error.h"
#include "host/results/temporary_files.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

constexpr const char* kHeading = "edgesweep owner 1";
constexpr size_t kTokenDigits = 16;

/// The value of the next line if that is "<name> <value>", else "".
std::string value_of(std::istringstream& lines, const std::string& name) {
  std::string line;
  if (!std::getline(lines, line) || !line.starts_with(name + " ")) return "";
  return line.substr(name.size() + 1);
}

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

/// False unless all of the text is a number of the type.
template <typename Integer>
bool parse(const std::string& text, Integer& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end && !text.empty();
}

constexpr size_t kMostBytes = 4096;  // of an owner file
constexpr mode_t kMode = 0666;       // less the umask

/// Opened without following a link or waiting for the other end of a pipe. Nothing if it is gone.
FileDescriptor open_owner(const std::string& path, int access = O_RDONLY) {
  for (;;) {
    FileDescriptor file(open(path.c_str(), access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.is_open()) return file;
    if (errno == EINTR) continue;
    // ESTALE: removed on another machine of a network file system.
    if (errno == ENOENT || errno == ENOTDIR || errno == ESTALE) return file;
    if ((errno == EACCES || errno == EROFS) && access != O_RDONLY) return open_owner(path);
    if (errno == ELOOP)
      throw SystemError(path + ": is a symbolic link, which an owner file never is; remove it");
    throw file_failure(path, "read who writes the file", errno);
  }
}

/// True if we hold it now.
bool lock(int descriptor) {
  int result = 0;
  do result = flock(descriptor, LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

/// 0 or the error.
int fill(int descriptor, OwnerRecord& record) {
  struct stat status {};
  record.flock = lock(descriptor);
  record.device = fstat(descriptor, &status) == 0 ? status.st_dev : 0;
  const std::string text = record_text(record);
  const int error =
      write_all(descriptor, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  if (error != 0) return error;
  return fsync(descriptor) == 0 ? 0 : errno;
}

bool is_mine(const std::string& path, const OwnerRecord& record) {
  const auto seen = read_owner(path);
  return seen && seen->key() == record.token;
}

FileDescriptor make_new(const std::string& path) {
  return FileDescriptor(
      open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode));
}

std::optional<FileDescriptor> make_without_links(const std::string& path, OwnerRecord& record) {
  FileDescriptor file = make_new(path);
  if (!file.is_open()) {
    if (errno == EEXIST) return std::nullopt;
    throw file_failure(path, "make this file, which says who writes the other", errno);
  }
  if (const int error = fill(file.get(), record)) {
    unlink(path.c_str());
    throw file_failure(path, "write", error);
  }
  return file;
}

}  // namespace

std::string new_token() {
  // That of the C++ library would need a newer C library than all else in a wheel does.
  std::uint64_t number = 0;
  if (getentropy(&number, sizeof number) != 0)
    throw SystemError(fmt::format("the system has no random numbers: {}", std::strerror(errno)));
  return fmt::format("{:016x}", number);
}

bool is_token(const std::string& text) {
  return text.size() == kTokenDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string record_text(const OwnerRecord& record) {
  const ProcessIdentity& owner = record.owner;
  return fmt::format(
      "{}\ntoken {}\nhost {}\nboot {}\npid_namespace {}\nprocess {}\nstart {}\nflock {}\ndevice "
      "{}\n"
      "counter {:020}\n",
      kHeading, record.token, owner.host, owner.boot_id, owner.pid_namespace, owner.process,
      owner.start_time, record.flock ? 1 : 0, record.device, record.counter);
}

std::optional<OwnerRecord> parse_record(const std::string& text) {
  std::istringstream lines(text);
  std::string heading;
  if (!std::getline(lines, heading) || heading != kHeading) return std::nullopt;
  OwnerRecord record;
  int flock = 0;
  record.token = value_of(lines, "token");
  record.owner.host = value_of(lines, "host");
  record.owner.boot_id = value_of(lines, "boot");
  const bool numbers = parse(value_of(lines, "pid_namespace"), record.owner.pid_namespace) &&
                       parse(value_of(lines, "process"), record.owner.process) &&
                       parse(value_of(lines, "start"), record.owner.start_time) &&
                       parse(value_of(lines, "flock"), flock) &&
                       parse(value_of(lines, "device"), record.device) &&
                       parse(value_of(lines, "counter"), record.counter);
  record.flock = flock != 0;
  const bool possible = record.owner.process > 0 && record.owner.process <= INT_MAX;
  if (!numbers || !possible || !is_token(record.token) || !is_plain(record.owner.host) ||
      !is_plain(record.owner.boot_id))
    return std::nullopt;
  return record;
}

std::string SeenOwner::key() const {
  constexpr size_t kDigits = 16;
  return record ? record->token : sha256_hex(text.data(), text.size()).substr(0, kDigits);
}

std::optional<SeenOwner> read_owner(const std::string& path) {
  const FileDescriptor file = open_owner(path);
  if (!file.is_open()) return std::nullopt;
  struct stat status {};
  if (fstat(file.get(), &status) != 0) throw file_failure(path, "read", errno);
  if (!S_ISREG(status.st_mode)) throw SystemError(path + ": is no regular file; remove it");
  std::string text(kMostBytes, '\0');
  ssize_t length = 0;
  do length = pread(file.get(), text.data(), text.size(), 0);
  while (length < 0 && errno == EINTR);
  if (length < 0 && errno == ESTALE) return std::nullopt;
  if (length < 0) throw file_failure(path, "read who writes the file", errno);
  text.resize(static_cast<size_t>(length));
  return SeenOwner{path, text, parse_record(text), status.st_dev};
}

std::vector<SeenOwner> read_chain(const std::string& root) {
  constexpr size_t kMostLinks = 1000;  // a chain is as long as there were kills in a row
  std::vector<SeenOwner> chain;
  for (auto seen = read_owner(root); seen && chain.size() < kMostLinks;
       seen = read_owner(successor_path(root, chain.back().key())))
    chain.push_back(std::move(*seen));
  return chain;
}

std::string successor_path(const std::string& root, const std::string& key) {
  return root + "." + key;
}

std::optional<FileDescriptor> make_owner_file(const std::string& path, OwnerRecord& record) {
  const std::string temporary = temporary_name(path);
  FileDescriptor file = make_new(temporary);
  if (!file.is_open())
    throw file_failure(path, "make this file, which says who writes the other", errno);
  const int unwritten = fill(file.get(), record);
  if (unwritten == 0 && link(temporary.c_str(), path.c_str()) == 0) {
    unlink(temporary.c_str());
    return file;
  }
  const int refused = errno;
  unlink(temporary.c_str());
  if (unwritten != 0) throw file_failure(path, "write", unwritten);
  // Over a network the answer to a link that was made may be lost, and the second try finds it.
  if (is_mine(path, record)) return file;
  if (refused == EEXIST) return std::nullopt;
  return make_without_links(path, record);
}

LockState lock_state(const std::string& path) {
  // Over NFS only who may write can get it.
  const FileDescriptor file = open_owner(path, O_RDWR);
  if (!file.is_open()) return LockState::unsupported;
  if (lock(file.get())) return LockState::free;  // closing it gives it back
  return errno == EWOULDBLOCK ? LockState::held : LockState::unsupported;
}

}  // namespace edgesweep
