#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/engine/problem/run_result.h"
#include "host/hdf5/hdf5_table.h"
#include "host/sweep/run_spec.h"

namespace edgesweep {

/// A finished run with the settings it ran under.
struct StoredRun {
  RunConfig config;  ///< RunSpec::config
  RunResult result;  ///< holds the run's id
};

/// A file that runs read: its path as the config has it, and the SHA-256 of its content.
struct InputHash {
  std::string path;
  std::string sha256;
  bool operator==(const InputHash&) const = default;
};

StoredRun stored_run(const RunSpec& spec, RunResult result);

/// What a results file holds. Tables that follow from it (/summary) are made on writing and not
/// read back.
struct StoredSweep {
  std::string name;
  std::string description;
  std::string config_path;
  std::string resolved_json;            ///< Sweep::resolved_json: the config the file belongs to
  std::vector<std::string> swept;       ///< Sweep::swept
  std::vector<Experiment> experiments;  ///< Sweep::experiments
  std::string dataset;                  ///< path; of several, in order of first use, with ", "
  std::string dataset_sha256;           ///< of several with spaces, in the same order
  std::vector<InputHash> inputs;        ///< every file that the runs read, each path once
  std::string version;                  ///< of the program
  std::string backend;                  ///< "cpu" or "cuda"
  std::string device;
  std::string math = "exact";
  int64_t total_runs = 0;  ///< of the sweep, finished or not
  std::vector<StoredRun>
      runs;  ///< finished (done or failed), in the order in which the tables list them
};

/// A sweep without finished runs. dataset_sha256, inputs, version, backend and device are left to
/// the caller.
StoredSweep stored_sweep(const Sweep& sweep);

/// A StoredSweep to write or to count, whose runs lie where they are. Whatever it was made of
/// outlives it.
struct SweepView {
  // NOLINTNEXTLINE(google-explicit-constructor): whoever has a StoredSweep has one of these
  SweepView(const StoredSweep& sweep);
  /// header: its own runs do not count.
  SweepView(const StoredSweep& header, std::vector<const StoredRun*> runs)
      : header(header), runs(std::move(runs)) {}

  const StoredSweep& header;
  std::vector<const StoredRun*> runs;
};

/// Replaces the file at `path` as a whole: written beside it, synced, renamed. When that fails
/// (disk full), SystemError says path and reason and the file at `path` is what it was. A crash
/// leaves the old file or the new one.
///
/// Tables are made and written some rows at a time: the results are in memory once. The same
/// StoredSweep gives the same bytes. Two that differ only in seconds differ only in the
/// seconds columns and the attribute `checksum`. Texts must not hold NUL. May be called from any
/// thread, one call at a time runs.
///
/// more: further tables, by name, for people who read the file. Nothing reads them back, neither
/// digest nor checksum knows them, and whoever writes the file next leaves them out.
void write_results(const std::string& path, const SweepView& sweep,
                   const std::vector<std::pair<std::string, Table>>& more = {});

/// The whole file, every value with the bits it was written with (NaN stays NaN); nothing when
/// there is no file. InputError when the file is not a results file, was written by a newer format,
/// or is damaged: its content must give the checksum stored in it.
std::optional<StoredSweep> read_results(const std::string& path);

/// SHA-256 (hex) of one run's settings, with the hashes of `inputs` in place of paths, and all
/// results but the seconds.
std::string run_digest(const StoredRun& run, const std::vector<InputHash>& inputs);

/// SHA-256 (hex) of everything that must be bit-equal wherever and however often the sweep runs:
/// the resolved configs with the hash of every input file in place of its path, `math`, and of
/// every run all results but the seconds. The order of runs does not matter; paths, name,
/// description, ids (they hang on paths), version, backend, device and the number of runs still
/// missing are left out. Stored as the attribute `digest`.
std::string results_digest(const SweepView& sweep);

/// SHA-256 of the digest and everything it leaves out. Stored as the attribute `checksum`.
std::string results_checksum(const SweepView& sweep, const std::string& digest);

/// The run whose id begins with `prefix`. Throws InputError (file, place --run) when none or
/// several do; it names the nearest ids, or those several.
const StoredRun& find_run(const StoredSweep& sweep, const std::string& prefix,
                          const std::string& file);

/// The result of a policy in a run, or null.
const PolicyResult* find_policy(const RunResult& result, Policy policy);

/// The policies that occur in any of its runs, in the order of docs/model.md#policies.
std::vector<Policy> policies_of(const SweepView& sweep);

}  // namespace edgesweep
