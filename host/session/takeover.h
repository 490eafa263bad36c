#pragma once
#include <string>
#include <vector>

#include "host/session/earlier_results.h"
#include "host/session/run_matching.h"

namespace edgesweep {

/// What going on with a results file would lose.
struct Losses {
  size_t runs = 0;         ///< finished ones that the sweep of now does not have
  size_t of_runs = 0;      ///< finished ones in all
  size_t checkpoints = 0;  ///< of runs in training that it does not have, or not with a dqn
  std::string parts;       ///< of the first run that loses some: "mdp of run 3fa9..."

  bool any() const { return runs > 0 || checkpoints > 0 || !parts.empty(); }
  /// fate: "would be lost"
  std::string text(const std::string& fate) const;
};

/// "1 run", "2 runs"
std::string counted_noun(size_t number, const std::string& noun);

/// Finds the place of earlier runs and checkpoints in the sweep of now.
class Takeover {
 public:
  /// sweep: outlives this. fresh: the same without runs, with its inputs.
  Takeover(const Sweep& sweep, StoredSweep fresh);

  /// The runs of a results file, or of one beside it. accepted: what the sweep of now has no use
  /// for was given up in an earlier session, so it is no loss.
  void take(StoredSweep source, bool accepted);
  /// ids: of checkpoints that no run of now has; stored: the sweep that they may belong to.
  void take_checkpoints(const StoredSweep& stored, const std::vector<std::string>& ids);

  const Losses& losses() const { return losses_; }
  /// Runs with all that is asked for are finished, also where several sources have a share. Ends
  /// this. complete and message are left to the caller.
  EarlierResults end();

 private:
  void finish(size_t run, RunResult result);
  void take_by_content(const std::vector<InputHash>& inputs, StoredRun run, bool accepted);
  void take_checkpoint(const std::string& id, const std::vector<size_t>& places);
  bool trains(size_t run) const;

  const Sweep& sweep_;
  const std::vector<InputHash> inputs_;
  RunMatching matching_;
  std::vector<bool> finished_;
  EarlierResults earlier_;
  Losses losses_;
};

}  // namespace edgesweep
