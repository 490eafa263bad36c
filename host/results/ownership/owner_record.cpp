#include "host/results/ownership/owner_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <random>
#include <sstream>

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

}  // namespace

std::string new_token() {
  std::random_device random;  // the system's, not one that starts from a time
  return fmt::format("{:08x}{:08x}", random(), random());
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

}  // namespace edgesweep
