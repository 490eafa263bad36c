#include "host/cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "host/cli/units.h"

namespace edgesweep {
namespace {

constexpr std::chrono::milliseconds kTerminalInterval{500};
constexpr std::chrono::seconds kPlainInterval{30};

size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(std::vector<Run> runs, const std::vector<bool>& finished, bool quiet)
    : runs_(std::move(runs)),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      state_(runs_.size()) {
  for (size_t i = 0; i < runs_.size(); ++i) {
    if (finished[i])
      ++finished_;
    else
      work_left_ +=
          runs_[i].iteration_work * static_cast<double>(runs_[i].iterations) + runs_[i].other_work;
  }
  if (!quiet_) drawer_ = std::thread([this] { draw_until_stopped(); });
}

Progress::~Progress() {
  if (quiet_) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  drawer_.join();
  print(line(), true);
}

void Progress::start(size_t run, int64_t done) {
  const std::lock_guard lock(mutex_);
  state_[run].active = true;
  state_[run].done = done;
  work_left_ -= runs_[run].iteration_work * static_cast<double>(done);
}

void Progress::iteration(size_t run, int64_t iteration) {
  const std::lock_guard lock(mutex_);
  const int64_t step = iteration - state_[run].done;
  state_[run].done = iteration;
  iterations_ += step;
  work_done_ += runs_[run].iteration_work * static_cast<double>(step);
  work_left_ -= runs_[run].iteration_work * static_cast<double>(step);
}

void Progress::evaluation(size_t run, const CurvePoint& point) {
  const std::lock_guard lock(mutex_);
  state_[run].evaluated = true;
  state_[run].validation_loss = point.validation_loss;
}

void Progress::finish(size_t run, const RunResult& result) {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    State& state = state_[run];
    const double skipped =
        runs_[run].iteration_work *
        static_cast<double>(runs_[run].iterations - state.done);  // a failed run's rest
    work_left_ -= skipped + runs_[run].other_work;
    work_done_ += runs_[run].other_work;
    state.active = false;
    ++finished_;
    if (result.status == RunStatus::failed) text = runs_[run].label + ": FAILED: " + result.failure;
  }
  if (!text.empty()) message(text);
}

void Progress::message(const std::string& text) {
  const std::lock_guard lock(mutex_);
  print(text, true);
}

void Progress::draw_until_stopped() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const auto interval = terminal_ ? std::chrono::milliseconds(kTerminalInterval)
                                    : std::chrono::milliseconds(kPlainInterval);
    if (wake_.wait_for(lock, interval, [this] { return stop_; })) return;
    print(line(), !terminal_);
  }
}

std::string Progress::losses() const {
  std::string text;
  for (size_t run = 0; run < runs_.size(); ++run) {
    const State& state = state_[run];
    if (!state.active || runs_[run].iterations == 0) continue;
    text += fmt::format("{}{} at {}/{}", text.empty() ? " | " : "; ", runs_[run].label, state.done,
                        runs_[run].iterations);
    if (state.evaluated) text += fmt::format(" loss {:.5f}", state.validation_loss);
  }
  return text;
}

std::string Progress::line() const {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  std::string text = fmt::format("{} {}/{} runs", clock_text(seconds), finished_, runs_.size());
  if (iterations_ > 0)
    text += fmt::format(", {:.1f} Q iterations/s", static_cast<double>(iterations_) / seconds);
  if (work_done_ > 0 && finished_ < runs_.size())
    text += fmt::format(", {} left", clock_text(work_left_ / work_done_ * seconds));
  return text + losses();
}

void Progress::print(const std::string& text, bool keep) {
  if (!terminal_) {
    std::fputs((text + "\n").c_str(), stderr);
    return;
  }
  const std::string shown = keep ? text : text.substr(0, terminal_width() - 1);
  std::fputs(("\r\033[K" + shown + (keep ? "\n" : "")).c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace edgesweep
