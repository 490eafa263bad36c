#pragma once
#include <stdexcept>
#include <string>

namespace edgesweep {

/// Bad input from a person: a config, a dataset, a replay file, a command line. Exit code 2.
/// The message reads "FILE: PLACE: found FOUND; allowed: ALLOWED (did you mean ...?)"; empty parts
/// are left out.
class InputError : public std::runtime_error {
 public:
  /// file: path as the person gave it. place: JSON path (/base/rate), dataset name (metric_tr) or
  /// option (--set). found, allowed: short phrases. nearest: the closest known name, or empty.
  InputError(const std::string& file, const std::string& place, const std::string& found,
             const std::string& allowed, const std::string& nearest = "");

  /// False for a rule that was checked where the file is not known: whoever knows it adds it.
  bool names_file() const { return !parts_.file.empty(); }

  /// What the message is made of, for programs.
  struct Parts {
    std::string file, place, found, allowed, nearest;
  };
  const Parts& parts() const { return parts_; }

 private:
  Parts parts_;
};

/// Something the machine refused: disk full, a file that cannot be read, a failed library call.
/// Exit code 1.
class SystemError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Somebody else is doing what was asked for, or has taken it over. Exit code 75 (EX_TEMPFAIL): the
/// same command may be tried again later.
class BusyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The known name with the smallest edit distance to `name`, or "" when none is near (more than a
/// third of the letters, but at least two, would have to change).
template <typename Names>
std::string nearest_name(const std::string& name, const Names& known);

int edit_distance(const std::string& a, const std::string& b);

template <typename Names>
std::string nearest_name(const std::string& name, const Names& known) {
  std::string best;
  int best_distance = static_cast<int>(name.size()) / 3 + 2;
  for (const std::string& candidate : known) {
    const int distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace edgesweep
