#pragma once
#include <string>

#include "host/config/settings.h"
#include "host/policy/reward_scale.h"

namespace edgesweep {

/// What the rewards of a run's training are multiplied by. spread: of the training images' rewards
/// in the dataset's file, so that the factor does not depend on the run's other settings.
/// 1 with the published recipe. Throws InputError where single precision cannot hold the products
/// or tell them apart, and where all rewards are equal.
double reward_factor(const RunSettings& settings, const RewardSpread& spread);

/// A line on rewards whose size the published recipe was not made for; "" where all is well. The
/// run has `dqn`.
std::string reward_size_note(const RunSettings& settings, const RewardSpread& spread);

}  // namespace edgesweep
