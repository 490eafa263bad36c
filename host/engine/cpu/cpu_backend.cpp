#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <sstream>

#include "host/engine/backends.h"
#include "host/engine/cpu/cpu_run.h"
#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/node_binding.h"
#include "host/engine/cpu/run_queue.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/plan/machine.h"
#include "host/engine/plan/sweep_plan.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/observers.h"
#include "host/engine/run/run_outcome.h"
#include "host/engine/run/searches.h"

namespace edgesweep {
namespace {

/// What the threads of a sweep share.
struct SharedState {
  RunQueue queue;
  StopOnError observer;
  std::atomic<bool>& failed;
  std::mutex mutex;
  std::exception_ptr error;
};

/// Takes the steps of a group of runs, always of the one that is farthest behind, so that windows
/// drawn for one are still there for the others.
void work_on_group(SharedState& shared, std::vector<std::unique_ptr<CpuRun>>& group,
                   TrainingScratch& scratch) {
  while (!group.empty()) {
    const auto next = std::min_element(
        group.begin(), group.end(),
        [](const auto& a, const auto& b) { return a->iteration() < b->iteration(); });
    switch ((*next)->step(scratch)) {
      case CpuRun::Step::iterated:
        break;
      case CpuRun::Step::finished:
        shared.observer.on_finished((*next)->job().run, (*next)->take_result());
        [[fallthrough]];
      case CpuRun::Step::stopped:
        group.erase(next);
        shared.queue.ended(group.size());
        break;
    }
    shared.queue.share(group);
  }
}

void work(SharedState& shared) {
  try {
    TrainingScratch scratch;
    for (;;) {
      if (shared.observer.stop_requested()) shared.queue.close();
      std::vector<std::unique_ptr<CpuRun>> group = shared.queue.take();
      if (group.empty()) return;
      work_on_group(shared, group, scratch);
    }
  } catch (...) {
    const std::lock_guard lock(shared.mutex);
    if (!shared.error) shared.error = std::current_exception();
    shared.failed.store(true);
    shared.queue.close();
  }
}

class CpuBackend : public Backend {
 public:
  CpuBackend(int threads, double memory_limit, Notice notice)
      : threads_(threads > 0 ? threads : available_threads()),
        memory_limit_(memory_limit > 0 ? memory_limit : available_memory_bytes()),
        notice_(std::move(notice)) {}

  std::string name() const override { return "cpu"; }

  std::string device() const override {
    std::ostringstream text;
    text << processor_name() << ", " << simd_kernels().instruction_set << ", " << threads_
         << (threads_ == 1 ? " thread" : " threads");
    return text.str();
  }

  void execute(const std::vector<RunJob>& jobs, InputCache& inputs,
               RunObserver& observer) override {
    // More threads than processors are allowed: results do not depend on it, and tests rely on
    // that.
    const int threads = startable_threads(threads_, notice_);
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<size_t>(threads));
    const auto workers = static_cast<size_t>(workers_for(jobs, threads));
    std::atomic<bool> failed{false};
    StopOnError guarded(observer, failed);
    std::deque<std::unique_ptr<CpuRun>> runs;
    for (const RunJob& job : jobs) runs.push_back(std::make_unique<CpuRun>(job, inputs, guarded));
    SharedState shared{
        {std::move(runs), workers, kLargestGroup}, {observer, failed}, failed, {}, {}};
    tbb::task_arena arena(threads);
    const NodeBinding binding(arena, usable_nodes());
    arena.execute([&] {
      if (!run_searches(jobs, inputs, simulate_fleet_on_cpu, guarded)) return;
      tbb::task_group group;
      for (size_t w = 1; w < workers; ++w) group.run([&] { work(shared); });
      work(shared);
      group.wait();
    });
    if (shared.error) std::rethrow_exception(shared.error);
  }

 private:
  int workers_for(const std::vector<RunJob>& jobs, int threads) const {
    const auto settings = [&](size_t job) -> const RunSettings& { return jobs[job].settings; };
    return make_plan(jobs.size(), settings, threads, memory_limit_).workers;
  }

  int threads_;
  double memory_limit_;
  Notice notice_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(int threads, double memory_limit, Notice notice) {
  return std::make_unique<CpuBackend>(threads, memory_limit, std::move(notice));
}

}  // namespace edgesweep
