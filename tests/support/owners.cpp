#include "tests/support/owners.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/files.h"

namespace edgesweep::testing {

ProcessIdentity elsewhere(const std::string& host) {
  ProcessIdentity identity = this_process();
  identity.host = host;
  identity.boot_id = "00000000-0000-4000-8000-000000000000";
  return identity;
}

ProcessIdentity ended_process() {
  ProcessIdentity identity = this_process();
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  identity.process = child;
  return identity;
}

OwnerRecord leave_owner(const std::string& results_path, const ProcessIdentity& identity,
                        bool flock, uint64_t device) {
  const OwnerRecord record{new_token(), identity, flock, device, 7};
  // As a take-over does it: the owner before may be moving its counter in the old file.
  write_bytes(results_path + ".new", record_text(record));
  std::filesystem::rename(results_path + ".new", results_path + ".lock");
  return record;
}

OwnerRecord owner_of(const std::string& results_path) {
  return parse_record(read_bytes(results_path + ".lock")).value();
}

}  // namespace edgesweep::testing
