#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "host/engine/cuda/device_context.h"
#include "host/engine/plan/device_plan.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/fallback_backend.h"
#include "host/engine/run/run_steps.h"

namespace edgesweep {

class CohortIteration;
struct StopQuestions;

/// Runs of alike networks that are trained side by side on one device, one block each, and
/// simulated together when they are done. A run leaves the cohort when it ends, diverges or stops;
/// the others never notice.
class Cohort {
 public:
  /// Prepares the runs and allocates everything that training takes, and the test images; nobody is
  /// told yet. Throws
  /// DeviceError (out_of_memory) when the cohort is too large for the memory that is left, Stopped
  /// when the observer requests a stop meanwhile. seconds_between_questions: how long a Q iteration
  /// computes, about, until it asks again whether to stop.
  Cohort(const std::vector<const RunJob*>& jobs, InputCache& inputs, DeviceContext& context,
         double seconds_between_questions, RunObserver& observer);
  ~Cohort();

  /// From the first Q iteration (or the checkpoints) to the results. When memory runs out meanwhile
  /// (DeviceError, out_of_memory), the observer has got a checkpoint of every run that is not
  /// finished.
  void execute(RunObserver& observer);

 private:
  struct Run;
  using Runs = std::vector<Run*>;
  void train(RunObserver& observer);
  void store(Run& run);
  /// Checkpoints of what is not finished.
  void keep_states(RunObserver& observer);
  /// Everything that is due between two Q iterations; returns the runs that train on.
  Runs between_iterations(Runs runs, RunObserver& observer);
  /// Losses of all runs; nothing when a stop was requested meanwhile.
  std::optional<std::vector<EvaluationLosses>> losses_of(const Runs& runs, RunObserver& observer);
  std::optional<std::vector<EvaluationLosses>> fleet_losses_of(const Runs& runs,
                                                               RunObserver& observer);
  /// False when a stop was requested meanwhile: then the runs have written their checkpoints.
  bool evaluate(const Runs& runs, RunObserver& observer);
  /// False: stopped in the middle; the runs have written checkpoints of the state before.
  bool iterate(const Runs& runs, RunObserver& observer);
  StopQuestions questions(RunObserver& observer) const;
  void end_training(Run& run);
  /// Simulates what has ended since the last call.
  void finish_ended(RunObserver& observer);

  DeviceContext& context_;
  const double seconds_between_questions_;
  double iteration_seconds_ = 0;  ///< of the last one
  bool in_iteration_ = false;     ///< the trainers hold no whole state
  std::vector<std::unique_ptr<Run>> runs_;
  Runs ended_;
  double evaluation_seconds_ = 0;  ///< of this execution so far: no network trains meanwhile
  std::unique_ptr<CohortIteration> iteration_;
};

/// Runs without a network: simulated together.
void execute_without_networks(const std::vector<const RunJob*>& jobs, InputCache& inputs,
                              DeviceContext& context, RunObserver& observer);

}  // namespace edgesweep
