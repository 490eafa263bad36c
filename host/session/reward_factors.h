#pragma once
#include <string>
#include <vector>

#include "host/engine/run/backend.h"
#include "host/session/earlier_results.h"

namespace edgesweep {

/// Where every network of a dataset that the results or checkpoints hold has another reward factor
/// than a new training would take (they come from a program that knew none), jobs that begin take
/// it too: the networks of one file are trained alike. Returns a line on every dataset where it is
/// so.
std::vector<std::string> keep_reward_factors(const Sweep& sweep, const EarlierResults& earlier,
                                             std::vector<RunJob>& jobs, InputCache& inputs);

/// A line on every dataset whose rewards the published recipe of some run was not made for.
std::vector<std::string> reward_size_notes(const Sweep& sweep, InputCache& inputs);

}  // namespace edgesweep
