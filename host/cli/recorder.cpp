#include "host/cli/recorder.h"

#include <algorithm>
#include <chrono>

#include "host/results/checkpoint.h"

namespace edgesweep {
namespace {

/// At most a tenth of the time goes into rewriting the file.
constexpr int kPausePerWrite = 9;

}  // namespace

Recorder::Recorder(std::string path, StoredSweep sweep, const std::vector<RunSpec>& order)
    : path_(std::move(path)), sweep_(std::move(sweep)) {
  for (const RunSpec& spec : order) order_.push_back(spec.id);
  write(sweep_, {});
  writer_ = std::thread([this] { work(); });
}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (writer_.joinable()) writer_.join();
}

void Recorder::insert(StoredRun run) {
  // Kept in the order of the sweep: the file does not tell which run was quicker.
  const auto place_of = [&](const std::string& id) {
    return std::find(order_.begin(), order_.end(), id);
  };
  const auto place = place_of(run.result.id);
  const auto before = std::find_if(sweep_.runs.begin(), sweep_.runs.end(), [&](const StoredRun& r) {
    return place_of(r.result.id) > place;
  });
  sweep_.runs.insert(before, std::move(run));
}

void Recorder::add(const RunSpec& spec, RunResult result) {
  {
    const std::lock_guard lock(mutex_);
    insert(stored_run(spec, std::move(result)));
    pending_.push_back(spec.id);
  }
  wake_.notify_all();
}

bool Recorder::failed() {
  const std::lock_guard lock(mutex_);
  return error_ != nullptr;
}

void Recorder::write(const StoredSweep& sweep, const std::vector<std::string>& added) {
  write_results(path_, sweep);
  for (const std::string& id : added) remove_checkpoint(checkpoint_folder(path_), id);
}

void Recorder::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || !pending_.empty(); });
    if (pending_.empty() || error_) return;
    const StoredSweep copy = sweep_;
    const std::vector<std::string> added = std::move(pending_);
    pending_.clear();
    lock.unlock();
    const auto start = std::chrono::steady_clock::now();
    std::exception_ptr error;
    try {
      write(copy, added);
    } catch (...) {
      error = std::current_exception();
    }
    const auto pause = kPausePerWrite * (std::chrono::steady_clock::now() - start);
    lock.lock();
    if (error) {
      error_ = error;
      return;
    }
    wake_.wait_for(lock, pause, [this] { return stop_; });
  }
}

StoredSweep Recorder::finish() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  writer_.join();
  if (error_) std::rethrow_exception(error_);
  return sweep_;
}

}  // namespace edgesweep
