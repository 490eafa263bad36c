#include "tests/support/golden_engine.h"

#include "tests/support/golden.h"

namespace edgesweep::testing {

std::vector<std::string> golden_cases(const std::string& parent) {
  std::vector<std::string> paths;
  for (const std::string& name : golden_groups(parent)) paths.push_back(parent + "/" + name);
  return paths;
}

std::vector<float> golden_single(const std::string& dataset_path) {
  const std::vector<double> values = read_golden(dataset_path).values;
  return {values.begin(), values.end()};
}

std::shared_ptr<const ReplayTable> golden_table(const std::string& dataset_path) {
  const GoldenArray array = read_golden(dataset_path);
  auto table = std::make_shared<ReplayTable>();
  table->sequences = static_cast<int64_t>(array.shape.at(0));
  table->images = static_cast<int64_t>(array.shape.at(1));
  table->values.assign(array.values.begin(), array.values.end());
  return table;
}

SequenceSource golden_replay(const ImageSet& images, const std::string& index_path,
                             const std::string& gap_path) {
  SequenceSource source;
  source.images = &images;
  source.index_replay = golden_table(index_path);
  source.gap_replay = golden_table(gap_path);
  return source;
}

GoldenNetwork golden_network(const std::string& group, int layers, const std::string& suffix) {
  GoldenNetwork network;
  for (int l = 0; l < layers; ++l) {
    const GoldenArray weights = read_golden(group + "/w" + std::to_string(2 * l) + suffix);
    const GoldenArray biases = read_golden(group + "/w" + std::to_string(2 * l + 1) + suffix);
    if (l == 0) network.shape.sizes.push_back(static_cast<int32_t>(weights.shape.at(0)));
    network.shape.sizes.push_back(static_cast<int32_t>(weights.shape.at(1)));
    network.weights.insert(network.weights.end(), weights.values.begin(), weights.values.end());
    network.weights.insert(network.weights.end(), biases.values.begin(), biases.values.end());
  }
  return network;
}

ArrivalSettings golden_arrivals(const std::string& group) {
  ArrivalSettings settings;
  settings.type = ArrivalSettings::Type::markov_modulated;
  settings.interval_1 = static_cast<int>(golden_scalar(group + "/int1"));
  settings.interval_2 = static_cast<int>(golden_scalar(group + "/int2"));
  settings.p_12 = golden_scalar(group + "/tprob1");
  settings.p_21 = golden_scalar(group + "/tprob2");
  return settings;
}

}  // namespace edgesweep::testing
