#pragma once
#include <map>
#include <memory>
#include <string>

#include "host/engine/cuda/device_arena.h"
#include "host/engine/cuda/device_buffer.h"
#include "host/engine/plan/device_limits.h"
#include "host/engine/problem/sequence_source.h"
#include "kernels/network_task.cuh"

namespace edgesweep {

/// One device as one host thread uses it: its stream, its limits, and the datasets and tables that
/// were uploaded to it (each once). All objects of a device are made and used on that thread.
class DeviceContext {
 public:
  /// Makes `device` the calling thread's.
  explicit DeviceContext(int device);

  const DeviceStream& stream() const { return stream_; }
  const DeviceLimits& limits() const { return limits_; }
  /// Bytes that may be allocated now.
  int64_t free_memory() const;

  /// For what an evaluation or a simulation needs for a moment.
  DeviceArena& arena() { return arena_; }

  /// The source in device memory; what it points to stays as long as the context.
  DeviceSource upload(const SequenceSource& source);
  /// Numbers in device memory, likewise; null for none.
  const float* upload(const std::shared_ptr<const std::vector<float>>& values);

 private:
  struct Images {
    DeviceBuffer<float> metric, reward_single;
    DeviceBuffer<double> reward, weak_cost;
  };
  const Images& images_of(const SequenceSource& source);
  const int32_t* table_of(const std::shared_ptr<const ReplayTable>& table);
  const ArrivalStep* steps_of(const OwnedArrivalLaw& law);

  DeviceLimits limits_;
  DeviceStream stream_;
  DeviceArena arena_{stream_};
  // Keyed by address; the host object is kept too, so that no other takes its address.
  std::map<const ImageSet*, Images> images_;
  std::map<std::shared_ptr<const ReplayTable>, DeviceBuffer<int32_t>> tables_;
  std::map<std::shared_ptr<const std::vector<ArrivalStep>>, DeviceBuffer<ArrivalStep>> steps_;
  std::map<const ImageSet*, std::shared_ptr<const Dataset>> datasets_;
  std::map<std::shared_ptr<const std::vector<float>>, DeviceBuffer<float>> values_;
};

}  // namespace edgesweep
