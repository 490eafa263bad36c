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
  // Without gaps in the state, gaps that are drawn leave no trace in a window.
  const bool leaves_trace = dqn.history_gaps >= 0 ||
                            settings.metric_sequence.type == MetricSequenceSettings::Type::replay ||
                            settings.arrivals.type == ArrivalSettings::Type::replay;
  return {images_key(settings),
          settings.seed,
          sequences_key(settings.metric_sequence),
          leaves_trace ? arrivals_key(settings.arrivals) : ArrivalsKey{},
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

SearchKey search_key(const RunSettings& settings) {
  const FleetSettings& fleet = settings.fleet;
  return {images_key(settings),  settings.mdp.stop,
          settings.mdp.discount, sequences_key(settings.metric_sequence),
          settings.seed,         fleet.search,
          fleet.search_rates,    fleet.search_depths};
}

SwitchKey switch_key(const RunSettings& settings) {
  return {search_key(settings), settings.fleet.count, settings.rate, settings.depth};
}

}  // namespace edgesweep
