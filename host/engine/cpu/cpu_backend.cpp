#include <sched.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <fstream>
#include <mutex>
#include <sstream>

#include "host/engine/backend.h"
#include "host/engine/cpu/cpu_run.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/stop_on_error.h"

namespace edgesweep {
namespace {

/// CPUs that the control group's quota allows, or a large number. The file holds "max PERIOD" or
/// "QUOTA PERIOD".
int cgroup_threads() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  double quota = 0;
  double period = 0;
  if (file >> quota >> period && quota > 0 && period > 0)
    return std::max(1, static_cast<int>(std::ceil(quota / period)));
  return 1 << 20;
}

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(int threads) : threads_(threads > 0 ? threads : available_threads()) {}

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
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<size_t>(threads_));
    tbb::task_arena arena(threads_);
    std::atomic<size_t> next{0};
    std::atomic<bool> failed{false};
    std::exception_ptr error;
    std::mutex error_mutex;
    StopOnError guarded(observer, failed);
    const auto work = [&] {
      for (;;) {
        const size_t i = next.fetch_add(1);
        if (i >= jobs.size() || guarded.stop_requested()) return;
        try {
          std::optional<RunResult> result = execute_run_on_cpu(jobs[i], inputs, guarded);
          if (result) guarded.on_finished(jobs[i].run, std::move(*result));
        } catch (...) {
          const std::lock_guard lock(error_mutex);
          if (!error) error = std::current_exception();
          failed.store(true);
        }
      }
    };
    arena.execute([&] {
      tbb::task_group group;
      for (int t = 1; t < threads_; ++t) group.run(work);
      work();
      group.wait();
    });
    if (error) std::rethrow_exception(error);
  }

 private:
  int threads_;
};

}  // namespace

int available_threads() {
  cpu_set_t set;
  const int usable = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
  return std::max(1, std::min(usable, cgroup_threads()));
}

double physical_memory_bytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos)
      return line.substr(colon + 2);
  }
  return "unknown processor";
}

std::unique_ptr<Backend> make_cpu_backend(int threads) {
  return std::make_unique<CpuBackend>(threads);
}

}  // namespace edgesweep
