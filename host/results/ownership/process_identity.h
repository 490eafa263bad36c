#pragma once
#include <cstdint>
#include <string>

namespace edgesweep {

/// Which process of which machine. A number alone is not enough: it is used again after the process
/// has ended, and it means another process on another machine or in another container.
struct ProcessIdentity {
  std::string host;            ///< name of the machine; for people, and to tell machines apart
  std::string boot_id;         ///< of the kernel that is running; "" if it does not say
  uint64_t pid_namespace = 0;  ///< the container; 0 if the system does not say
  int64_t process = 0;
  uint64_t start_time = 0;  ///< clock ticks from boot to the start of the process

  bool operator==(const ProcessIdentity&) const = default;
};

ProcessIdentity this_process();

enum class Presence {
  alive,
  gone,
  unknown,  ///< of another machine or container, or the system does not say
};

/// Whether that process is alive, as `asker` can tell: it must be of the same host, boot and
/// container. A process of the same number that started at another time is another process.
Presence presence_of(const ProcessIdentity& other, const ProcessIdentity& asker);

/// "process 4711 on host n1"
std::string name_of(const ProcessIdentity& identity);

/// Short name of machine, boot and container, of letters, digits, "_" and "-": the start of the
/// host's name, "-" and eight digits of a hash.
std::string machine_name(const ProcessIdentity& identity);

}  // namespace edgesweep
