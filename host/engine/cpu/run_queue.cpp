#include "host/engine/cpu/run_queue.h"

#include <algorithm>

#include "host/engine/plan/sweep_plan.h"

namespace edgesweep {

RunQueue::RunQueue(std::deque<std::unique_ptr<CpuRun>> runs, size_t workers, size_t largest_group)
    : waiting_(std::move(runs)), workers_(workers), largest_group_(largest_group) {}

std::vector<std::unique_ptr<CpuRun>> RunQueue::take() {
  std::unique_lock lock(mutex_);
  ++idle_;
  changed_.wait(lock, [this] { return !waiting_.empty() || nothing_to_come(); });
  --idle_;
  std::vector<std::unique_ptr<CpuRun>> group;
  if (closed_ || waiting_.empty()) {
    changed_.notify_all();
    return group;
  }
  // No more than its share of what is left: the others want some too.
  const size_t share = (waiting_.size() + workers_ - 1) / workers_;
  const size_t count = std::min(std::max<size_t>(share, 1), largest_group_);
  group = take_group(count);
  held_ += group.size();
  ++holders_;
  return group;
}

std::vector<std::unique_ptr<CpuRun>> RunQueue::take_group(size_t count) {
  std::vector<std::unique_ptr<CpuRun>> group;
  for (auto run = waiting_.begin(); run != waiting_.end() && group.size() < count;) {
    const bool fits =
        group.empty() || share_windows(group.front()->job().settings, (*run)->job().settings);
    if (fits) group.push_back(std::move(*run));
    run = fits ? waiting_.erase(run) : run + 1;
  }
  return group;
}

void RunQueue::share(std::vector<std::unique_ptr<CpuRun>>& group) {
  const std::lock_guard lock(mutex_);
  if (idle_ == 0 || group.size() < 2 || !waiting_.empty()) return;
  waiting_.push_back(std::move(group.back()));
  group.pop_back();
  --held_;
  changed_.notify_one();
}

void RunQueue::ended(size_t left) {
  const std::lock_guard lock(mutex_);
  --held_;
  if (left == 0) --holders_;
  changed_.notify_all();
}

void RunQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

}  // namespace edgesweep
