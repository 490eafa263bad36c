#include "host/results/ownership/judgement.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace edgesweep {
namespace {

constexpr double kLookSeconds = 1;  // between two looks at the owner file
constexpr double kTellSeconds = 60;

std::string name_of(const SeenOwner& owner) {
  return owner.record ? edgesweep::name_of(owner.record->owner)
                      : "a process that " + owner.path + " does not name";
}

/// Versions before these records wrote the number of their process, and held flock.
bool is_of_earlier_version(const std::string& text) {
  return !text.empty() && text.back() == '\n' &&
         text.find_first_not_of("0123456789") == text.size() - 1 && text.size() > 1;
}

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void wait_for(double seconds, const OwnershipOptions& options) {
  if (options.sleep)
    options.sleep(seconds);
  else
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

void say(const OwnershipOptions& options, const std::string& text) {
  if (options.tell) options.tell(text);
}

/// What a second look at the chain tells of its last owner; unknown where nothing has moved.
Standing compare(const std::vector<SeenOwner>& chain, const std::vector<SeenOwner>& seen) {
  if (seen.size() != chain.size()) return Standing::changed;
  const SeenOwner& owner = chain.back();
  const SeenOwner& now = seen.back();
  if (now == owner) return Standing::unknown;
  const bool foreign = !owner.record && !now.record;  // a counter that this version cannot read
  return now.key() == owner.key() || foreign ? Standing::alive : Standing::changed;
}

}  // namespace

Standing judge(const SeenOwner& owner, const ProcessIdentity& self) {
  if (!owner.record) {
    if (!is_of_earlier_version(owner.text)) return Standing::unknown;
    const LockState lock = lock_state(owner.path);
    if (lock == LockState::held) return Standing::alive;
    return lock == LockState::free ? Standing::gone : Standing::unknown;
  }
  const ProcessIdentity& other = owner.record->owner;
  const Presence presence = presence_of(other, self);
  if (presence == Presence::alive) return Standing::alive;
  if (presence == Presence::gone) return Standing::gone;
  // Locks of one mounted file system under one kernel are one, whatever the container. Two mounts
  // of one remote folder have locks of their own.
  const bool same_locks = !self.boot_id.empty() && other.boot_id == self.boot_id &&
                          owner.record->device == owner.device;
  if (same_locks && owner.record->flock && lock_state(owner.path) == LockState::free)
    return Standing::gone;
  return Standing::unknown;
}

Standing watch(const std::string& results_path, const std::string& root,
               const std::vector<SeenOwner>& chain, const OwnershipOptions& options) {
  if (!options.wait) return Standing::unknown;
  const auto now = [&] { return options.seconds ? options.seconds() : steady_seconds(); };
  const SeenOwner& owner = chain.back();
  const double start = now();
  double told = start;
  say(options,
      fmt::format("{}: {} is the last that wrote this file. Whether it still does will show "
                  "within {:.0f} minutes: waiting. Ctrl-C ends the waiting; --take-over takes it "
                  "over at once if you know that it has ended.",
                  results_path, name_of(owner), kStandstillSeconds / 60));
  for (;;) {
    wait_for(kLookSeconds, options);
    if (is_requested(options.stop)) return Standing::stopped;
    const double before = now();  // before the look, however long that takes
    const std::vector<SeenOwner> seen = read_chain(root);
    if (const Standing standing = compare(chain, seen); standing != Standing::unknown)
      return standing;
    if (before - start >= kStandstillSeconds) return Standing::gone;
    if (before - told < kTellSeconds) continue;
    told = before;
    say(options,
        fmt::format("{}: {} has shown no sign of life for {:.0f} of {:.0f} minutes.", results_path,
                    name_of(owner), (before - start) / 60, kStandstillSeconds / 60));
  }
}

BusyError busy(const std::string& results_path, const SeenOwner& owner, Standing standing) {
  const std::string file = results_path + ": another edgesweep ";
  if (standing == Standing::unknown)
    return BusyError(file + "may be writing this file: " + name_of(owner) +
                     ". If you know that it has ended, remove " + owner.path);
  return BusyError(file + "is writing this file: " + name_of(owner) +
                   ". Try again later, or choose another file with -o. (--take-over takes the file "
                   "from it; it then stops.)");
}

}  // namespace edgesweep
