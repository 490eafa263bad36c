#include "tests/support/process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "tests/support/paths.h"

namespace edgesweep::testing {
namespace {

[[noreturn]] void become(const std::vector<std::string>& arguments, const std::string& folder,
                         const std::string& out, const std::string& err, uint64_t file_limit) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const int out_file = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err_file = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(out_file, STDOUT_FILENO);
  dup2(err_file, STDERR_FILENO);
  if (file_limit > 0) {
    const rlimit limit{file_limit, file_limit};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  if (chdir(folder.c_str()) == 0) execv(pointers[0], pointers.data());
  _exit(127);
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::string& folder,
                 uint64_t file_limit) {
  static std::atomic<int> number{0};
  const std::string base = folder + "/.process" + std::to_string(number.fetch_add(1));
  out_path_ = base + ".out";
  err_path_ = base + ".err";
  id_ = fork();
  if (id_ < 0) throw std::runtime_error("fork failed");
  if (id_ == 0) become(arguments, folder, out_path_, err_path_, file_limit);
}

Process::~Process() {
  if (ended_) return;
  kill(id_, SIGKILL);
  waitpid(id_, &status_, 0);
}

void Process::signal(int number) const { kill(id_, number); }

std::string Process::messages() const {
  return access(err_path_.c_str(), R_OK) == 0 ? read_bytes(err_path_) : "";  // made by the child
}

bool Process::running() { return !ended_ && !collect(WNOHANG); }

bool Process::collect(int options) {
  rusage usage{};
  if (wait4(id_, &status_, options, &usage) != id_) return false;
  peak_bytes_ = 1024.0 * static_cast<double>(usage.ru_maxrss);
  ended_ = true;
  return true;
}

Finished Process::wait() {
  if (!ended_) collect(0);
  return {WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_),
          read_bytes(out_path_), read_bytes(err_path_), peak_bytes_};
}

void wait_until(Process& process, const std::function<bool()>& condition) {
  while (!condition() && process.running())
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

Finished edgesweep_command(const std::vector<std::string>& arguments, const std::string& folder) {
  std::vector<std::string> all = {testing::program()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return Process(all, folder).wait();
}

}  // namespace edgesweep::testing
