#pragma once
#include <string>
#include <vector>

namespace edgesweep {

// One function per command of `edgesweep`; each returns the exit code: 0 all well, 1 some runs
// failed, 130 interrupted (the same command continues). Bad input and refusals of the machine are
// thrown (InputError: 2, SystemError: 1) and printed by main.

struct RunOptions {
  std::string config;
  std::string output;                  ///< empty: results/<config file's name>.h5
  std::vector<std::string> overrides;  ///< --set texts
  std::string backend = "auto";
  std::string instruction_set;  ///< --isa; empty: the best
  int threads = 0;              ///< 0: all that the process may use
  uint64_t memory = 0;          ///< bytes; 0: most of what is available
  double checkpoint_seconds = 60;
  bool force = false;  ///< begin anew, also over a file of another config
  bool quiet = false;  ///< no progress
};
int run_command(const RunOptions& options);

struct PlanOptions {
  std::string config;
  std::vector<std::string> overrides;
  int threads = 0;
  uint64_t memory = 0;
};
int plan_command(const PlanOptions& options);

struct ShowOptions {
  std::string file;
  enum class Form { text, csv, json } form = Form::text;
  bool summary = false;  ///< --csv: the summary over seeds instead of the runs
};
int show_command(const ShowOptions& options);

int devices_command();

}  // namespace edgesweep
