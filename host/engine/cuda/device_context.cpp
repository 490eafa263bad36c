#include "host/engine/cuda/device_context.h"

#include "host/engine/cuda/device_probe.h"

namespace edgesweep {

DeviceContext::DeviceContext(int device)
    : limits_((check_cuda(cudaSetDevice(device), "cudaSetDevice"), limits_of(device))) {}

int64_t DeviceContext::free_memory() const {
  size_t free_bytes = 0;
  size_t total_bytes = 0;
  check_cuda(cudaMemGetInfo(&free_bytes, &total_bytes), "cudaMemGetInfo");
  return static_cast<int64_t>(free_bytes);
}

const DeviceContext::Images& DeviceContext::images_of(const SequenceSource& source) {
  const ImageSet& set = *source.images;
  const auto found = images_.find(&set);
  if (found != images_.end()) return found->second;
  const std::vector<float> single(set.reward.begin(), set.reward.end());
  Images images{{set.metric_single, stream_},
                {single, stream_},
                {set.reward, stream_},
                {set.weak_cost, stream_}};
  stream_.wait();
  datasets_[&set] = source.dataset;
  return images_.emplace(&set, std::move(images)).first->second;
}

const int32_t* DeviceContext::table_of(const std::shared_ptr<const ReplayTable>& table) {
  if (!table) return nullptr;
  const auto found = tables_.find(table);
  if (found != tables_.end()) return found->second.data();
  DeviceBuffer<int32_t> values(table->values, stream_);
  stream_.wait();
  return tables_.emplace(table, std::move(values)).first->second.data();
}

const float* DeviceContext::upload(const std::shared_ptr<const std::vector<float>>& values) {
  if (!values) return nullptr;
  const auto found = values_.find(values);
  if (found != values_.end()) return found->second.data();
  DeviceBuffer<float> uploaded(*values, stream_);
  stream_.wait();
  return values_.emplace(values, std::move(uploaded)).first->second.data();
}

const ArrivalStep* DeviceContext::steps_of(const OwnedArrivalLaw& law) {
  const auto found = steps_.find(law.steps);
  if (found != steps_.end()) return found->second.data();
  DeviceBuffer<ArrivalStep> steps(*law.steps, stream_);
  stream_.wait();
  return steps_.emplace(law.steps, std::move(steps)).first->second.data();
}

DeviceSource DeviceContext::upload(const SequenceSource& source) {
  const Images& images = images_of(source);
  const ReplayTable* table =
      source.index_replay ? source.index_replay.get() : source.gap_replay.get();
  DeviceSource device{};
  device.metric_law = source.metric_law;
  device.arrivals = source.arrivals.law;
  device.arrivals.steps = steps_of(source.arrivals);
  device.seed = source.seed;
  device.purpose = source.purpose;
  device.metric = images.metric.data();
  device.reward_single = images.reward_single.data();
  device.reward = images.reward.data();
  device.weak_cost = images.weak_cost.data();
  device.index_replay = table_of(source.index_replay);
  device.gap_replay = table_of(source.gap_replay);
  device.replay_sequences = table ? table->sequences : 0;
  device.replay_images = table ? table->images : 0;
  return device;
}

}  // namespace edgesweep
