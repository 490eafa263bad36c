#pragma once
#include <string>

#include "host/config/json_text.h"

namespace edgesweep {

/// Does a scale change the setting of this name?
bool is_scaled(const std::string& setting);

/// Multiplies the iterations of every phase of dqn.schedule and the sequences of test,
/// dqn.training_sequences and dqn.validation by `scale`, rounded to the nearest whole number, at
/// least 1: in base, where the defaults of those left out are written, and on axes. Takes the key
/// `scale` away. config: valid, without include. scale: > 0, at most 1; at 1 nothing is written.
/// Throws InputError (file) where the schedule is left to a dqn.recipe that is swept.
void apply_scale(OrderedJson& config, double scale, const std::string& file);

}  // namespace edgesweep
