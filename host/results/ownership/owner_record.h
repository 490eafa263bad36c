#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "host/results/ownership/process_identity.h"

namespace edgesweep {

/// What stands in an owner file: who it is, and a counter that moves while it lives.
struct OwnerRecord {
  std::string token;  ///< sixteen hexadecimal digits, drawn at random for each ownership
  ProcessIdentity owner;
  bool flock = false;   ///< it holds a lock of the system on the file, too
  uint64_t device = 0;  ///< of the mounted file system, as the owner's system numbers it
  uint64_t counter = 0;
};

std::string new_token();
bool is_token(const std::string& text);

/// Lines of "<name> <value>". Of the same length whatever the counter, so that a new one replaces
/// it in place and needs no space on the disk.
std::string record_text(const OwnerRecord& record);

/// Nothing for any other text.
std::optional<OwnerRecord> parse_record(const std::string& text);

}  // namespace edgesweep
