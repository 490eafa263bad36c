#include "host/results/ownership/take_over.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>

#include "host/error.h"

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

bool ends_with(const std::vector<SeenOwner>& chain, const OwnerRecord& record) {
  return !chain.empty() && chain.back().key() == record.token;
}

bool is_at(const std::string& root, const OwnerRecord& record) {
  const auto owner = read_owner(root);
  return owner && owner->key() == record.token;
}

std::optional<Taken> make_first(const std::string& root, OwnerRecord& record) {
  auto file = make_owner_file(root, record);
  if (!file) return std::nullopt;
  return Taken{std::move(*file), {}};
}

/// Files of a take-over that was cut short, to which no chain leads any more.
void remove_orphans(const std::string& root, const ProcessIdentity& self) {
  const std::filesystem::path path(root);
  const std::string start = path.filename().string() + ".";
  std::error_code ignored;
  std::filesystem::directory_iterator entry(
      path.has_parent_path() ? path.parent_path() : std::filesystem::path("."), ignored);
  for (; entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(start) || !is_token(name.substr(start.size()))) continue;
    try {
      const auto owner = read_owner(entry->path().string());
      if (owner && judge(*owner, self) == Standing::gone) unlink(owner->path.c_str());
    } catch (const SystemError&) {
      continue;  // no owner file after all; it is in nobody's way
    }
  }
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

std::optional<Taken> succeed(const std::string& root, const std::vector<SeenOwner>& chain,
                             OwnerRecord& record) {
  const std::string path = successor_path(root, chain.back().key());
  auto file = make_owner_file(path, record);
  if (!file) return std::nullopt;
  // An owner that was replaced meanwhile has no root any more that leads here.
  const bool leads_here = ends_with(read_chain(root), record);
  const bool renamed = leads_here && rename(path.c_str(), root.c_str()) == 0;
  const int refused = leads_here && !renamed ? errno : 0;
  // Over a network the answer to a rename that was done may be lost, and the second try fails.
  if (!renamed && !(leads_here && is_at(root, record))) {
    unlink(path.c_str());
    // Of a folder where only owners may replace their files; trying again would not help.
    if (refused == EPERM || refused == EACCES)
      throw SystemError(root + ": cannot be replaced: " + std::generic_category().message(refused) +
                        ". Its owner has ended; the user whom the file belongs to may remove it");
    return std::nullopt;
  }
  Taken taken{std::move(*file), {}};
  for (const SeenOwner& owner : chain) {
    if (owner.path != root) unlink(owner.path.c_str());
    if (owner.record) taken.gone.push_back(owner.record->owner);
  }
  return taken;
}

std::optional<Taken> take_over(const std::string& results_path, const std::string& root,
                               const OwnershipOptions& options, OwnerRecord& record) {
  constexpr int kMostTries = 10'000;
  for (int i = 0; i < kMostTries; ++i) {
    const std::vector<SeenOwner> chain = read_chain(root);
    if (!chain.empty() && !options.take_over) {
      const SeenOwner& owner = chain.back();
      Standing standing = judge(owner, options.self);
      if (standing == Standing::unknown) standing = watch(results_path, root, chain, options);
      if (standing == Standing::changed) continue;
      if (standing == Standing::stopped) return std::nullopt;
      if (standing != Standing::gone) throw busy(results_path, owner, standing);
    }
    if (auto taken = chain.empty() ? make_first(root, record) : succeed(root, chain, record)) {
      remove_orphans(root, options.self);
      return taken;
    }
  }
  throw BusyError(root + ": changes too often to find out whose it is");
}

}  // namespace edgesweep
