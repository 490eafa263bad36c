#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/config/settings.h"
#include "kernels/bucket.cuh"

namespace edgesweep {

// What runs share: runs whose keys are equal share images, windows or a solved MDP. Each key names
// all that the thing depends on, and is made here alone.

/// The images of a run's dataset, as its settings make them.
struct ImagesKey {
  std::string dataset;
  std::optional<MetricScale> metric_scale;
  Rules rules;
  double training_deviation;
  auto operator<=>(const ImagesKey&) const = default;
};
ImagesKey images_key(const RunSettings& settings);

/// The law of training images, or the file they are replayed from.
struct SequencesKey {
  MetricSequenceSettings::Type type;
  double spread, reset_probability;
  std::string training_file;
  auto operator<=>(const SequencesKey&) const = default;
};

/// The law of training gaps, or the files they are replayed from.
struct ArrivalsKey {
  ArrivalSettings::Type type;
  int interval_1, interval_2;
  double p_12, p_21;
  std::string training_file, file;
  auto operator<=>(const ArrivalsKey&) const = default;
};

/// The windows that a network of one camera is trained on: runs that differ in rate, depth or
/// network alone train on the same ones (docs/model.md#metric-sequences, common random numbers).
struct WindowsKey {
  ImagesKey images;
  uint64_t seed;
  SequencesKey sequences;
  ArrivalsKey arrivals;
  int history_metrics, history_gaps, batch, mini_batches;
  Outputs outputs;
  // The rewards in the windows: smoothed, and times a factor.
  double reward_smoothing;
  DqnSettings::Recipe recipe;
  std::optional<double> reward_factor;
  auto operator<=>(const WindowsKey&) const = default;
};
WindowsKey windows_key(const RunSettings& settings);

/// The MDP of the policy `mdp`, before its gaps are looked at.
struct MdpSettingsKey {
  ImagesKey images;
  int32_t refill, cost, capacity;
  ArrivalsKey arrivals;
  double discount;
  MdpSettings::Stop stop;
  auto operator<=>(const MdpSettingsKey&) const = default;
};
MdpSettingsKey mdp_settings_key(const RunSettings& settings, const TokenBucket& bucket);

/// A search of the buckets for `hierarchical`; the switches that it is for come on top.
struct SearchKey {
  ImagesKey images;
  MdpSettings::Stop stop;
  double discount;
  SequencesKey sequences;
  uint64_t seed;
  SimulationSize size;
  std::vector<double> rates, depths;
  auto operator<=>(const SearchKey&) const = default;
};
SearchKey search_key(const RunSettings& settings);

/// What a search finds for one switch.
struct SwitchKey {
  SearchKey search;
  int cameras;
  double rate, depth;
  auto operator<=>(const SwitchKey&) const = default;
};
SwitchKey switch_key(const RunSettings& settings);

}  // namespace edgesweep
