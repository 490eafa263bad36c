#include "host/session/recorder.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "host/results/checkpoint.h"
#include "host/results/finished_runs.h"

namespace edgesweep {
namespace {

/// At most a tenth of the time goes into writing.
constexpr int kPausePerWrite = 9;

/// A results file that is written in less needs no small files between its rewrites.
constexpr std::chrono::milliseconds kQuickWrite{200};

/// A last write that takes longer is worth a message.
constexpr std::chrono::seconds kMoment{1};

/// A copy of all but the runs, which may take gigabytes.
StoredSweep without_runs(StoredSweep& sweep) {
  std::vector<StoredRun> runs = std::exchange(sweep.runs, {});
  StoredSweep header = sweep;
  sweep.runs = std::move(runs);
  return header;
}

}  // namespace

void Recorder::Pace::took(Clock::time_point start) {
  const Clock::time_point end = Clock::now();
  last = end - start;
  due = end + kPausePerWrite * last;
}

Recorder::Recorder(std::string path, StoredSweep sweep, const std::vector<RunSpec>& runs,
                   OnSaved on_saved)
    : path_(std::move(path)),
      checkpoints_(checkpoint_folder(path_)),
      on_saved_(std::move(on_saved)),
      header_(without_runs(sweep)),
      runs_(runs.size()) {
  std::unordered_map<std::string, size_t> place;
  for (size_t i = 0; i < runs.size(); ++i) place.emplace(runs[i].id, i);
  for (StoredRun& run : sweep.runs) {
    const size_t number = place.at(run.result.id);
    runs_[number] = std::make_unique<StoredRun>(std::move(run));
  }
  write_whole(finished());
  writer_ = std::thread([this] { work(); });
}

Recorder::~Recorder() {
  stop();
  if (writer_.joinable()) writer_.join();
}

StoredSweep Recorder::header() const {
  StoredSweep sweep = header_;
  const std::lock_guard lock(backend_mutex_);
  if (!backend_.empty()) {
    sweep.backend = backend_;
    sweep.device = device_;
  }
  return sweep;
}

Recorder::Runs Recorder::finished() const {
  Runs runs;
  for (const auto& run : runs_)
    if (run) runs.push_back(run.get());
  return runs;
}

void Recorder::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
}

void Recorder::set_backend(const std::string& name, const std::string& device) {
  const std::lock_guard lock(backend_mutex_);
  backend_ = name;
  device_ = device;
}

void Recorder::add(size_t run, StoredRun result) {
  auto stored = std::make_unique<StoredRun>(std::move(result));
  {
    const std::lock_guard lock(mutex_);
    runs_[run] = std::move(stored);
    pending_.push_back(run);
  }
  wake_.notify_all();
}

void Recorder::write_whole(const Runs& runs) {
  const Clock::time_point start = Clock::now();
  const StoredSweep of_all = header();
  write_results(path_, {of_all, runs});
  whole_.took(start);
  // Only now: whoever kills the process between two steps finds every run somewhere.
  remove_finished_runs(checkpoints_);
}

void Recorder::write_part(const Runs& runs) {
  const Clock::time_point start = Clock::now();
  const StoredSweep of_all = header();
  write_finished_runs(checkpoints_, next_part_++, {of_all, runs});
  part_.took(start);
}

/// The next write is one of the whole file: nothing waits for it, or it is quick.
bool Recorder::rewrite_next() const {
  const bool due = stop_ || Clock::now() >= whole_.due;
  return due && (pending_.empty() || whole_.last < kQuickWrite);
}

/// False: nothing will come any more.
bool Recorder::wait_for_work(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    if (pending_.empty() && !unmerged_) {
      if (stop_) return false;
      wake_.wait(lock);
      continue;
    }
    if (stop_ || rewrite_next()) return true;
    if (!pending_.empty() && Clock::now() >= part_.due) return true;
    // With runs pending, the whole file is next only where that is quick.
    const bool may_rewrite = whole_.last < kQuickWrite;
    wake_.wait_until(lock, pending_.empty() ? whole_.due
                           : may_rewrite    ? std::min(part_.due, whole_.due)
                                            : part_.due);
  }
}

void Recorder::work() {
  std::unique_lock lock(mutex_);
  while (!error_ && wait_for_work(lock)) {
    const bool whole = rewrite_next();
    const std::vector<size_t> added = std::move(pending_);
    pending_.clear();
    Runs latest;
    for (const size_t run : added) latest.push_back(runs_[run].get());
    const Runs written = whole ? finished() : latest;
    lock.unlock();
    std::exception_ptr error;
    try {
      whole ? write_whole(written) : write_part(written);
      for (const StoredRun* run : latest) remove_checkpoint(checkpoints_, run->result.id);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    unmerged_ = !whole;
    error_ = error;
    failed_ = error != nullptr;
    if (error) break;
    lock.unlock();
    for (size_t i = 0; i < added.size(); ++i) on_saved_(added[i], latest[i]->result);
    lock.lock();
  }
  done_ = true;
  ended_.notify_all();
}

StoredSweep Recorder::finish(const std::function<void()>& on_long_write) {
  stop();
  {
    std::unique_lock lock(mutex_);
    const auto is_done = [this] { return done_; };
    if (!ended_.wait_for(lock, kMoment, is_done)) {
      lock.unlock();
      on_long_write();
    }
  }
  writer_.join();
  if (error_) std::rethrow_exception(error_);
  StoredSweep sweep = header();
  sweep.runs.reserve(finished().size());
  for (std::unique_ptr<StoredRun>& run : runs_) {
    if (run) sweep.runs.push_back(std::move(*run));
    run.reset();
  }
  return sweep;
}

}  // namespace edgesweep
