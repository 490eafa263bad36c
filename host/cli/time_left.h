#pragma once
#include <array>
#include <cstddef>
#include <optional>

namespace edgesweep {

/// How long the rest of a sweep takes, from what its work took so far. Training and simulation do
/// their floating-point work at different speeds, so each is measured for itself; until both have
/// been seen, one speaks for the other.
class TimeLeft {
 public:
  enum class Kind { training, simulation };

  /// Work that will have to be done.
  void expect(Kind kind, double work) { of(kind).left += work; }
  /// Expected work that need not be done: it was done earlier, or its run has failed.
  void skip(Kind kind, double work) { of(kind).left -= work; }
  /// Expected work that took one thread these seconds.
  void done(Kind kind, double work, double seconds);

  /// Seconds of one thread for all that is left; nothing before the first work is done.
  std::optional<double> thread_seconds() const;
  /// Seconds of one thread that all work so far took.
  double seconds_done() const;

 private:
  struct Account {
    double left = 0;
    double done = 0;
    double seconds = 0;
  };
  Account& of(Kind kind) { return accounts_[static_cast<size_t>(kind)]; }
  std::array<Account, 2> accounts_;
};

}  // namespace edgesweep
