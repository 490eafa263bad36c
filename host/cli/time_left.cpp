#include "host/cli/time_left.h"

#include <algorithm>

namespace edgesweep {

void TimeLeft::done(Kind kind, double work, double seconds) {
  Account& account = of(kind);
  account.left -= work;
  account.done += work;
  account.seconds += seconds;
}

std::optional<double> TimeLeft::thread_seconds() const {
  double all_work = 0;
  for (const Account& account : accounts_) all_work += account.done;
  if (all_work <= 0) return std::nullopt;
  double left = 0;
  for (const Account& account : accounts_) {
    const double cost =
        account.done > 0 ? account.seconds / account.done : seconds_done() / all_work;
    // Rounding may leave less than nothing.
    left += std::max(0.0, account.left) * cost;
  }
  return left;
}

double TimeLeft::seconds_done() const {
  double seconds = 0;
  for (const Account& account : accounts_) seconds += account.seconds;
  return seconds;
}

}  // namespace edgesweep
