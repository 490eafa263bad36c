#include "host/results/ownership/take_over.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "host/error.h"
#include "host/results/ownership/judgement.h"

namespace edgesweep {
namespace {

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
