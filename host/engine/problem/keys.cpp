#include "host/engine/problem/keys.h"

namespace edgesweep {
namespace {

SequencesKey sequences_key(const MetricSequenceSettings& settings) {
  return {settings.type, settings.spread, settings.reset_probability, settings.training_file};
}

ArrivalsKey arrivals_key(const ArrivalSettings& settings) {
  return {settings.type, settings.interval_1,    settings.interval_2, settings.p_12,
          settings.p_21, settings.training_file, settings.file};
}

}  // namespace

ImagesKey images_key(const RunSettings& settings) {
  return {settings.dataset, settings.metric_scale, settings.rules, settings.training_deviation};
}

WindowsKey windows_key(const RunSettings& settings) {
  const DqnSettings& dqn = settings.dqn;
  return {images_key(settings),
          settings.seed,
          sequences_key(settings.metric_sequence),
          arrivals_key(settings.arrivals),
          dqn.history_metrics,
          dqn.history_gaps,
          dqn.batch,
          dqn.mini_batches,
          dqn.outputs,
          dqn.reward_smoothing,
          dqn.recipe,
          settings.reward_factor};
}

MdpSettingsKey mdp_settings_key(const RunSettings& settings, const TokenBucket& bucket) {
  return {images_key(settings),
          bucket.refill,
          bucket.cost,
          bucket.capacity,
          arrivals_key(settings.arrivals),
          settings.mdp.discount,
          settings.mdp.stop};
}

}  // namespace edgesweep
