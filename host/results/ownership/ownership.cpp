#include "host/results/ownership/ownership.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <system_error>

#include "host/error.h"
#include "host/results/checkpoint.h"
#include "host/results/ownership/take_over.h"
#include "host/results/temporary_files.h"

namespace edgesweep {
namespace {

std::string root_of(const std::string& results_path) { return results_path + ".lock"; }

/// The ownerships of this process.
struct Held {
  std::mutex mutex;
  std::vector<Ownership*> all;
};
Held& held() {
  static Held ownerships;
  return ownerships;
}

/// What is to be written there would land elsewhere.
void refuse_linked_folder(const std::string& results_path) {
  const std::string folder = checkpoint_folder(results_path);
  std::error_code none;
  if (std::filesystem::is_symlink(folder, none))
    throw SystemError(folder + ": is a symbolic link, where a folder of checkpoints belongs");
}

/// The chain, read again for a moment while its last file is being filled (where links are not
/// supported), so that the new owner can be named.
std::vector<SeenOwner> settled_chain(const std::string& root) {
  constexpr int kMostLooks = 100;
  std::vector<SeenOwner> chain = read_chain(root);
  for (int i = 0; i < kMostLooks && !chain.empty() && chain.back().text.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    chain = read_chain(root);
  }
  return chain;
}

std::string loss_text(const std::string& results_path, const std::vector<SeenOwner>& chain) {
  const std::string who =
      chain.empty() ? "the file " + root_of(results_path) +
                          " was removed: another process may have written meanwhile"
      : chain.back().record ? name_of(chain.back().record->owner) + " has taken this file over"
                            : "the file " + root_of(results_path) + " was overwritten";
  return results_path + ": " + who +
         ". This process writes nothing more; what it had saved is kept. The same command resumes "
         "it later";
}

}  // namespace

std::unique_ptr<Ownership> Ownership::take(const std::string& results_path,
                                           const OwnershipOptions& options) {
  const std::string root = root_of(results_path);
  OwnerRecord record{new_token(), options.self};
  std::optional<Taken> taken = take_over(results_path, root, options, record);
  if (!taken) return nullptr;
  std::unique_ptr<Ownership> ownership(
      new Ownership(results_path, record, std::move(taken->file), options.beat_seconds));
  refuse_linked_folder(results_path);
  const Leftovers leftovers{std::move(taken->gone), /*earlier_versions=*/true};
  remove_leftovers(root, leftovers);
  remove_leftovers(root + ".", leftovers);  // of those who were killed as they took over
  remove_leftovers(results_path, leftovers);
  remove_leftovers(checkpoint_folder(results_path) + "/", leftovers);
  return ownership;
}

Ownership::Ownership(std::string results_path, OwnerRecord record, FileDescriptor file,
                     double beat_seconds)
    : results_path_(std::move(results_path)),
      root_(root_of(results_path_)),
      beat_seconds_(beat_seconds),
      file_(std::move(file)),
      record_(std::move(record)) {
  // Signals are for the threads that work.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    heart_ = std::thread([this] { beat(); });
  } catch (const std::system_error&) {  // whoever tells it knows the limit of threads
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    unlink(root_.c_str());
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const std::lock_guard lock(held().mutex);
  held().all.push_back(this);
}

Ownership::~Ownership() {
  {
    const std::lock_guard lock(held().mutex);
    std::erase(held().all, this);
  }
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  end_.notify_all();
  heart_.join();
  try {
    require();
    unlink(root_.c_str());
  } catch (const std::runtime_error&) {
    return;  // another owner's by now
  }
}

/// A failure to write or to look is passed over: the next move may succeed, and whoever writes
/// looks again.
void Ownership::beat() {
  std::unique_lock lock(mutex_);
  const auto pause = std::chrono::duration<double>(beat_seconds_);
  while (!end_.wait_for(lock, pause, [this] { return ended_; })) {
    ++record_.counter;
    const std::string text = record_text(record_);
    lock.unlock();
    const bool written =
        pwrite(file_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
    if (written) fdatasync(file_.get());
    try {
      require();
    } catch (const std::runtime_error&) {
      // Kept in loss_: the next write throws it.
    }
    lock.lock();
  }
}

bool Ownership::covers(const std::string& path) const {
  return path == results_path_ || path.starts_with(checkpoint_folder(results_path_) + "/");
}

void Ownership::require() {
  if (!lost_) {
    const std::vector<SeenOwner> chain = settled_chain(root_);
    if (chain.size() == 1 && chain.front().key() == record_.token) return;
    const std::lock_guard lock(mutex_);
    if (!lost_) loss_ = loss_text(results_path_, chain);
    lost_ = true;
  }
  const std::lock_guard lock(mutex_);
  throw BusyError(loss_);
}

void require_ownership(const std::string& path) {
  const std::lock_guard lock(held().mutex);
  for (Ownership* const ownership : held().all)
    if (ownership->covers(path)) ownership->require();
}

}  // namespace edgesweep
