#include "host/cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <system_error>

#include "host/cli/terminal.h"
#include "host/text.h"

namespace edgesweep {
namespace {

using Kind = TimeLeft::Kind;

constexpr std::chrono::milliseconds kShortInterval{500};
constexpr std::chrono::seconds kPlainInterval{30};

size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

double training_work(const Progress::Run& run, int64_t iterations) {
  return run.iteration_work * static_cast<double>(iterations);
}

double evaluation_work(const Progress::Run& run, int64_t evaluations) {
  return run.evaluation_work * static_cast<double>(evaluations);
}

}  // namespace

Progress::Progress(std::vector<Run> runs, const std::vector<bool>& finished, bool quiet)
    : runs_(std::move(runs)), quiet_(quiet), terminal_(can_rewrite_lines()), state_(runs_.size()) {
  for (size_t i = 0; i < runs_.size(); ++i) {
    if (finished[i]) {
      ++finished_before_;
      continue;
    }
    time_left_.expect(Kind::training, training_work(runs_[i], runs_[i].iterations));
    time_left_.expect(Kind::simulation,
                      evaluation_work(runs_[i], runs_[i].evaluations) + runs_[i].simulation_work);
  }
  finished_ = finished_before_;
  if (quiet_) return;
  try {
    drawer_ = std::thread([this] { draw_until_stopped(); });
  } catch (const std::system_error&) {
    // The system makes no more threads: there are messages and no progress.
  }
}

// Only want of memory for the last line could be thrown.
// NOLINTNEXTLINE(bugprone-exception-escape)
Progress::~Progress() { stop(); }

void Progress::stop() {
  if (!drawer_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  drawer_.join();
  show(true);
}

/// What the piece of work took that the calling thread has just done. goes_on: its run does.
double Progress::seconds_of_work(bool goes_on) {
  const Clock::time_point now = Clock::now();
  Worker& worker =
      workers_.try_emplace(std::this_thread::get_id(), Worker{false, now}).first->second;
  const double seconds = std::chrono::duration<double>(now - worker.since).count();
  worker = {goes_on, now};
  return seconds;
}

void Progress::search(const SearchProgress& search) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (!searches_)
    searches_ = {search, start_, now};
  else if (searches_->latest.search != search.search)
    searches_ = {search, searches_->ended, now};
  // Told from many threads: the order may be another one than that of the work.
  if (search.done >= searches_->latest.done) searches_->latest = search;
  searches_->ended = now;
}

void Progress::start(size_t run, int64_t done) {
  const std::lock_guard lock(mutex_);
  searching_ = false;
  State& state = state_[run];
  state.active = true;
  state.done = done;
  seconds_of_work(true);
  time_left_.skip(Kind::training, training_work(runs_[run], done));
  if (done == 0 || runs_[run].iterations == 0) return;
  // The evaluations before a checkpoint: their share of the iterations is near enough.
  state.evaluations = runs_[run].evaluations * done / runs_[run].iterations;
  time_left_.skip(Kind::simulation, evaluation_work(runs_[run], state.evaluations));
}

void Progress::iteration(size_t run, int64_t iteration) {
  const std::lock_guard lock(mutex_);
  State& state = state_[run];
  const int64_t step = iteration - state.done;
  state.done = iteration;
  iterations_ += step;
  time_left_.done(Kind::training, training_work(runs_[run], step), seconds_of_work(true));
}

void Progress::evaluation(size_t run, const CurvePoint& point) {
  const std::lock_guard lock(mutex_);
  State& state = state_[run];
  state.evaluated = true;
  state.validation_loss = point.validation_loss;
  ++state.evaluations;
  time_left_.done(Kind::simulation, evaluation_work(runs_[run], 1), seconds_of_work(true));
}

void Progress::skip_rest(const Run& run, const State& state, bool simulated) {
  time_left_.skip(Kind::training, training_work(run, run.iterations - state.done));
  time_left_.skip(Kind::simulation, evaluation_work(run, run.evaluations - state.evaluations) +
                                        (simulated ? 0.0 : run.simulation_work));
}

void Progress::end(size_t run, const RunResult& result) {
  const std::lock_guard lock(mutex_);
  State& state = state_[run];
  const bool done = result.status == RunStatus::done;
  const double seconds = seconds_of_work(false);
  if (done) time_left_.done(Kind::simulation, runs_[run].simulation_work, seconds);
  skip_rest(runs_[run], state, done);
  state.active = false;
}

void Progress::saved(size_t run, const RunResult& result) {
  {
    const std::lock_guard lock(mutex_);
    ++finished_;
    if (json_messages() && !quiet_)
      print_event({{"event", "run"},
                   {"run", runs_[run].id},
                   {"label", runs_[run].label},
                   {"status", result.status == RunStatus::failed ? "failed" : "done"},
                   {"failure", result.failure}});
  }
  if (result.status == RunStatus::failed) message(runs_[run].label + ": FAILED: " + result.failure);
}

void Progress::message(const std::string& text) {
  const std::lock_guard lock(mutex_);
  print(text, true);
}

void Progress::draw_until_stopped() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const auto interval = terminal_ || json_messages() ? std::chrono::milliseconds(kShortInterval)
                                                       : std::chrono::milliseconds(kPlainInterval);
    if (wake_.wait_for(lock, interval, [this] { return stop_; })) return;
    show(!terminal_);
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

/// seconds: of this session so far.
std::optional<double> Progress::seconds_left(double seconds) const {
  const std::optional<double> thread_seconds = time_left_.thread_seconds();
  if (!thread_seconds) {
    if (finished_ == finished_before_) return std::nullopt;
    const double runs_left = static_cast<double>(runs_.size() - finished_);
    return runs_left * seconds / static_cast<double>(finished_ - finished_before_);
  }
  double under_way = 0;
  for (const auto& [thread, worker] : workers_)
    if (worker.busy)
      under_way += std::chrono::duration<double>(Clock::now() - worker.since).count();
  const double side_by_side = (time_left_.seconds_done() + under_way) / seconds;
  return std::max(0.0, *thread_seconds - under_way) / std::max(side_by_side, 1e-3);
}

double Progress::seconds_of_runs() const {
  const Clock::time_point since = searches_ ? searches_->ended : start_;
  return std::max(std::chrono::duration<double>(Clock::now() - since).count(), 1e-3);
}

/// ", search 34 %, 310 Mslots/s, at most 1:20 left"
std::string Progress::search_text() const {
  const SearchProgress& latest = searches_->latest;
  const double seconds =
      std::max(std::chrono::duration<double>(searches_->ended - searches_->since).count(), 1e-3);
  std::string text = ", search";
  if (latest.searches > 1) text += fmt::format(" {} of {}:", latest.search + 1, latest.searches);
  const double all = latest.done + latest.left;
  if (latest.done <= 0 || all <= 0) return text + " begins";
  text += fmt::format(" {:.0f} %, {}", std::floor(100 * latest.done / all),
                      with_prefix(latest.done / seconds, "slots/s"));
  // The searches that follow take as long as this one, as far as anybody knows.
  const double left =
      seconds / latest.done *
      (latest.left + all * static_cast<double>(latest.searches - latest.search - 1));
  return left > 0 ? text + fmt::format(", at most {} left", clock_text(left)) : text;
}

std::string Progress::line() const {
  const double session = std::chrono::duration<double>(Clock::now() - start_).count();
  const size_t finished_now = finished_ - finished_before_;
  std::string text = fmt::format("{} {}/{} runs", clock_text(session), finished_, runs_.size());
  if (searches_ && searching_) return text + search_text();
  const double seconds = seconds_of_runs();
  if (iterations_ > 0)
    text += fmt::format(", {:.1f} Q iterations/s", static_cast<double>(iterations_) / seconds);
  else if (finished_now > 0)
    text += fmt::format(", {:.1f} runs/s", static_cast<double>(finished_now) / seconds);
  if (const std::optional<double> left = seconds_left(seconds); left && finished_ < runs_.size())
    text += fmt::format(", {} left", clock_text(*left));
  return text + losses();
}

nlohmann::ordered_json Progress::event() const {
  const double session = std::chrono::duration<double>(Clock::now() - start_).count();
  nlohmann::ordered_json event{{"event", "progress"},
                               {"seconds", session},
                               {"runs", runs_.size()},
                               {"runs_finished", finished_}};
  if (searches_ && searching_) {
    const SearchProgress& latest = searches_->latest;
    const double all = latest.done + latest.left;
    event["search"] = {{"number", latest.search},
                       {"searches", latest.searches},
                       {"share", all > 0 ? latest.done / all : 0.0}};
    return event;
  }
  const double seconds = seconds_of_runs();
  event["iterations_per_second"] = static_cast<double>(iterations_) / seconds;
  const std::optional<double> left = seconds_left(seconds);
  event["seconds_left"] = left ? nlohmann::ordered_json(*left) : nlohmann::ordered_json();
  return event;
}

void Progress::show(bool keep) const {
  if (json_messages())
    print_event(event());
  else
    print(line(), keep);
}

void Progress::print(const std::string& text, bool keep) const {
  if (!terminal_) {
    print_message(text + "\n");
    return;
  }
  const std::string shown = keep ? text : text.substr(0, terminal_width() - 1);
  print_message("\r\033[K" + shown + (keep ? "\n" : ""));
}

}  // namespace edgesweep
