#include "host/engine/plan/startable_threads.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <system_error>
#include <thread>
#include <vector>

namespace edgesweep {
namespace {

/// Address space of a thread: its stack, and what malloc sets aside for it.
constexpr double kStartedThreadBytes = 72e6;

/// Under a limit on address space (ulimit -v): what is left to the work itself, and to each thread.
constexpr size_t kSpareBytes = size_t{64} << 20;
constexpr size_t kSpareBytesPerThread = size_t{16} << 20;

double soft_limit(__rlimit_resource resource) {
  rlimit limit{};
  const bool none = getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY;
  return none ? INFINITY : static_cast<double>(limit.rlim_cur);
}

/// Address space that is taken now.
double used_bytes() {
  double pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

std::string whole(double number) {
  std::ostringstream text;
  text << static_cast<int64_t>(number);
  return text.str();
}

/// Address space that nobody else gets as long as this exists.
class Reserved {
 public:
  explicit Reserved(size_t bytes)
      : bytes_(bytes),
        begin_(
            mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~Reserved() {
    if (*this) munmap(begin_, bytes_);
  }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;
  explicit operator bool() const { return begin_ != MAP_FAILED; }

 private:
  const size_t bytes_;
  void* const begin_;
};

/// Threads that wait for each other to exist. Each takes memory, as it would at work: malloc sets
/// address space aside for it.
class WaitingThreads {
 public:
  ~WaitingThreads() {
    {
      const std::lock_guard lock(mutex_);
      leave_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  /// False: the system makes no more.
  bool add() {
    try {
      if (is_space_limited_ && !keep_spare()) return false;
      threads_.emplace_back([this] { wait(); });
    } catch (const std::system_error&) {
      return false;
    } catch (const std::bad_alloc&) {
      return false;
    }
    // One after another: the next one finds this one's memory taken.
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_ == threads_.size(); });
    return true;
  }

 private:
  bool keep_spare() {
    if (spare_.empty()) spare_.push_back(std::make_unique<Reserved>(kSpareBytes));
    spare_.push_back(std::make_unique<Reserved>(kSpareBytesPerThread));
    return *spare_.front() && *spare_.back();
  }

  void wait() {
    const std::unique_ptr<char[]> memory(new (std::nothrow) char[64]);
    std::unique_lock lock(mutex_);
    ++ready_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return leave_; });
  }

  const bool is_space_limited_ = std::isfinite(soft_limit(RLIMIT_AS));
  std::vector<std::unique_ptr<Reserved>> spare_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t ready_ = 0;
  bool leave_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

std::string thread_limit(const SystemAnswers& system) {
  const double groups = ControlGroups(system.groups).threads();
  const double memory = soft_limit(RLIMIT_AS);
  const double user = soft_limit(RLIMIT_NPROC);
  if (used_bytes() + kStartedThreadBytes + kSpareBytes > memory)
    return "ulimit -v, the address space of a process: " + whole(memory / 1024) + " KiB";
  // How many threads others have is not told everywhere: the lower of the two.
  if (std::isfinite(groups) && (groups <= user || geteuid() == 0))
    return "pids.max of the control group: " + whole(groups);
  if (std::isfinite(user)) return "ulimit -u, the processes and threads of a user: " + whole(user);
  return "the system's own limit";
}

std::string address_space_text() {
  const double limit = soft_limit(RLIMIT_AS);
  if (!std::isfinite(limit)) return "";
  return " (ulimit -v: " + whole(limit / 1024) + " KiB; fewer --threads need less)";
}

int startable_threads(int wanted, const Notice& notice, const SystemAnswers& system) {
  WaitingThreads others;
  for (int threads = 1; threads < wanted; ++threads) {
    if (others.add()) continue;
    if (notice)
      notice("only " + std::to_string(threads) + " of " + std::to_string(wanted) +
             " threads can be made (" + thread_limit(system) + "): working with these; --threads " +
             std::to_string(threads) + " asks for no more");
    return threads;
  }
  return wanted;
}

}  // namespace edgesweep
