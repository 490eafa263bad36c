#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/cli/backend_choice.h"
#include "host/config/experiments.h"
#include "host/engine/problem/run_result.h"
#include "host/sweep/run_spec.h"

namespace edgesweep {

// One function per command of `edgesweep`; each returns the exit code: 0 all well, 1 some runs
// failed, 130 interrupted (the same command continues). Bad input, refusals of the machine and work
// that somebody else is doing are thrown (InputError: 2, SystemError: 1, BusyError: 75) and printed
// by main.

struct RunOptions {
  std::string config;
  std::string output;  ///< empty: results/<config file's name>.h5
  ConfigChanges changes;
  BackendOptions backend;
  double checkpoint_seconds = 60;
  bool force = false;      ///< begin anew, also over a file of another config
  bool drop = false;       ///< give up what the file has and the config does not ask for
  bool take_over = false;  ///< also from a process that writes the file, or may
  bool quiet = false;      ///< no progress
};
int run_command(const RunOptions& options);

struct PlanOptions {
  std::string config;
  ConfigChanges changes;
  int threads = 0;
  std::string device;  ///< --device: also the plan for this GPU; empty: none
  uint64_t memory = 0;
  bool json = false;
};
int plan_command(const PlanOptions& options);

struct ShowOptions {
  std::string file;
  enum class Form { text, csv, json } form = Form::text;
  bool summary = false;    ///< --csv: the summary over seeds instead of the runs
  std::string experiment;  ///< only its runs, in its order; empty: all runs
};
int show_command(const ShowOptions& options);

struct VerifyOptions {
  std::string file;
  std::string config;     ///< the file's config, where it lies now; empty: not looked at
  ConfigChanges changes;  ///< with which the config gives that of the file
  int sample = 3;         ///< runs to execute again; 0: all
  BackendOptions backend;
};
/// 0: every run of the sample has the bits of the file; 1: one has not.
int verify_command(const VerifyOptions& options);

struct PrepareOptions {
  std::string logits;  ///< .npz or HDF5 file of a classifier pair
  /// Dataset to write, .h5 or .npz; for several, with {cost} and {fold} in it.
  std::string output;
  std::vector<std::string> costs = {"top5"};  ///< top1, top5, rank10, own; or all: the first three
  int folds = 0;                              ///< 0: as the file says, else three
  /// Whose images are the test images; or all: each in turn.
  std::vector<std::string> test_folds = {"0"};
  int threads = 0;
  bool force = false;  ///< overwrite
};
int prepare_command(const PrepareOptions& options);

struct SequencesOptions {
  std::string tables;  ///< JSON file: what to draw
  std::string folder;  ///< to write to; empty: that of `tables`
  int threads = 0;
  bool force = false;  ///< overwrite
  bool json = false;
};
/// Writes test sequences of the released code's generator as replay files.
int sequences_command(const SequencesOptions& options);

struct SimulateOptions {
  std::string results;  ///< file of the trained network
  std::string run;      ///< its id or the start of it
  RunOptions target;    ///< config whose runs are simulated, and where results go
};
/// Applies a trained network to the runs of any config of the same bucket and network shape.
int simulate_command(const SimulateOptions& options);

struct CompareOptions {
  std::string file;
  std::string
      tables;  ///< CSV file or folder; empty: those of the paper, here or beside the program
  std::optional<std::string> weak_losses;  ///< an option of older programs, refused
  std::vector<std::string> figures;        ///< empty: all
  enum class Form { text, csv, json } form = Form::text;
  bool summary = false;  ///< --csv: a line a figure and curve instead of one a point
  bool dry_run = false;  ///< leave the results file as it is
};
/// Published losses beside those of a results file, which gets them as tables. InputError when no
/// published point has a run.
int compare_command(const CompareOptions& given);

struct LatencyOptions {
  std::string file;
  std::string run;  ///< its id or the start of it; empty: the first with stored weights
  int64_t decisions = 100'000;
  bool json = false;
};
/// How long one decision of a stored DQN takes on this processor.
int latency_command(const LatencyOptions& options);

struct ExportOptions {
  std::string file;
  std::string run;         ///< its id or the start of it; empty: the only one with stored weights
  std::string output;      ///< file to write
  std::string format;      ///< npz or c; empty: by the output's ending, .npz, .h or .c
  int64_t example = 1000;  ///< images of the example
  bool force = false;      ///< overwrite
};
/// Writes a trained network so that it decides elsewhere.
int export_command(const ExportOptions& options);

int devices_command();

/// Executes a sweep into its results file, with progress, checkpoints and the table at the end, as
/// `edgesweep run` does; returns the exit code. network: null, or the weights of every run's dqn,
/// whose settings then leave nothing to train. options.config and changes are not looked at but for
/// the name of the results file.
int run_sweep(const Sweep& sweep, const RunOptions& options, const TrainingState* network);

}  // namespace edgesweep
