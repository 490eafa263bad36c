#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/results/file_descriptor.h"
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

// The files of an ownership. `<results file>.lock`, the root, holds the record of the owner. Who
// takes over from an owner that is gone makes `<root>.<token of that owner>`, which only one can,
// and renames it over the root. Where that one was killed between the two, the next makes
// `<root>.<token of that one>`, and so on: the chain of these files ends with the owner.

/// An owner file as it was read.
struct SeenOwner {
  std::string path;
  std::string text;
  std::optional<OwnerRecord> record;  ///< nothing where the text is no record
  uint64_t device = 0;                ///< of the file system that it was read from

  /// Names what was seen: the token, or a hash of a text that is no record.
  std::string key() const;
  bool operator==(const SeenOwner& other) const { return path == other.path && text == other.text; }
};

/// The owner file at `path`; nothing when there is none. Symbolic links are not followed. Throws
/// SystemError.
std::optional<SeenOwner> read_owner(const std::string& path);

/// The chain from the root on; empty without a root. Throws SystemError.
std::vector<SeenOwner> read_chain(const std::string& root);

/// The file that whoever takes over from `owner` must make.
std::string successor_path(const std::string& root, const std::string& key);

/// Makes the owner file at `path` with this record, and holds flock on it where that works; sets
/// record.flock and record.device. Nothing when there is a file already. Throws SystemError.
///
/// The file appears with its content (link). Where links are not supported it is made empty
/// (O_EXCL) and then filled.
std::optional<FileDescriptor> make_owner_file(const std::string& path, OwnerRecord& record);

/// What an attempt to get the system's lock on an owner file says of who made it.
enum class LockState {
  held,         ///< somebody holds it
  free,         ///< nobody of this machine does, and of other machines only where locks reach them
  unsupported,  ///< no such locks here, or the file is gone
};
LockState lock_state(const std::string& path);

}  // namespace edgesweep
