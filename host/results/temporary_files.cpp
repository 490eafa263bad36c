#include "host/results/temporary_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <climits>
#include <ctime>
#include <filesystem>
#include <optional>

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

/// What the name of a temporary file says.
struct TemporaryName {
  std::string target;   ///< name of the file it was to replace
  std::string machine;  ///< "" where the name has a process number alone
  int64_t process = 0;
  uint64_t start_time = 0;
};

/// The last "." and what follows, taken off the name; "" if there is none.
std::string take_extension(std::string& name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return "";
  std::string extension = name.substr(dot + 1);
  name.resize(dot);
  return extension;
}

template <typename Integer>
bool take_number(std::string& name, Integer& value) {
  const std::string text = take_extension(name);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return !text.empty() && text[0] != '-' && error == std::errc() && stop == end;
}

bool is_machine(const std::string& text) {
  constexpr size_t kHashDigits = 8;
  return text.size() > kHashDigits && text[text.size() - kHashDigits - 1] == '-' &&
         text.find_first_not_of("0123456789abcdef", text.size() - kHashDigits) == std::string::npos;
}

/// Nothing if the name is none of temporary_name's, of this version or an earlier one.
std::optional<TemporaryName> parse_name(std::string name) {
  if (take_extension(name) != "tmp") return std::nullopt;
  uint64_t number = 0;
  TemporaryName parsed;
  std::string rest = name;
  if (take_number(rest, number) && take_number(rest, parsed.start_time) &&
      take_number(rest, parsed.process) && parsed.process > 0 && parsed.process <= INT_MAX) {
    parsed.machine = take_extension(rest);
    parsed.target = rest;
    if (is_machine(parsed.machine) && !rest.empty()) return parsed;
  }
  parsed = {};
  if (!take_number(name, number) || !take_number(name, parsed.process) || name.empty())
    return std::nullopt;
  parsed.target = name;
  return parsed;
}

/// By the clock of the file's machine, which may be off by hours.
bool is_old(const std::string& path) {
  constexpr time_t kDay = 24 * 60 * 60;
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && status.st_mtime < time(nullptr) - kDay;
}

bool is_of(const TemporaryName& name, const ProcessIdentity& identity) {
  return name.machine == machine_name(identity) && name.process == identity.process &&
         name.start_time == identity.start_time;
}

bool nobody_misses(const std::string& path, const TemporaryName& name, const Leftovers& leftovers) {
  const ProcessIdentity self = this_process();
  if (name.machine.empty()) return leftovers.earlier_versions || is_old(path);
  if (name.machine == machine_name(self)) {
    ProcessIdentity writer = self;
    writer.process = name.process;
    writer.start_time = name.start_time;
    const Presence presence = presence_of(writer, self);
    if (presence != Presence::unknown) return presence == Presence::gone;
  }
  return is_old(path) ||
         std::any_of(leftovers.gone.begin(), leftovers.gone.end(),
                     [&](const ProcessIdentity& identity) { return is_of(name, identity); });
}

bool is_meant(const std::string& target, const std::string& asked) {
  if (asked.empty() || asked.back() == '.') return target.starts_with(asked);
  return target == asked;
}

}  // namespace

std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  const ProcessIdentity self = this_process();
  return path + "." + machine_name(self) + "." + std::to_string(self.process) + "." +
         std::to_string(self.start_time) + "." + std::to_string(counter++) + ".tmp";
}

void remove_leftovers(const std::string& path, const Leftovers& leftovers) {
  const fs::path folder = fs::path(path).parent_path();
  const std::string target = fs::path(path).filename().string();
  std::error_code ignored;
  fs::directory_iterator entry(folder.empty() ? "." : folder, ignored);
  for (; entry != fs::directory_iterator(); entry.increment(ignored)) {
    const auto name = parse_name(entry->path().filename().string());
    if (!name || !is_meant(name->target, target)) continue;
    if (nobody_misses(entry->path().string(), *name, leftovers)) fs::remove(entry->path(), ignored);
  }
}

}  // namespace edgesweep
