#include "host/engine/cuda/fleet_devices.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <system_error>
#include <thread>

#include "host/engine/cuda/cuda_simulator.h"

namespace edgesweep {

/// Some sequences of a request, first of them numbered from 0, and what a device made of them.
struct FleetDevices::Share {
  size_t device = 0;
  int64_t first = 0;
  int64_t count = 0;
  FleetOutcome outcome{};
  std::exception_ptr error{};
};

namespace {

/// The sums of `count` sequences of each pair go where those from `first` on belong.
void put_sums(const FleetOutcome& some, int64_t first, int64_t count, int64_t sequences,
              FleetOutcome& all) {
  for (size_t i = 0; i < some.sums.size(); ++i) {
    const auto pair = static_cast<int64_t>(i) / count;
    const int64_t sequence = first + static_cast<int64_t>(i) % count;
    all.sums[static_cast<size_t>(pair * sequences + sequence)] = some.sums[i];
  }
}

}  // namespace

FleetDevices::FleetDevices(const std::vector<Device>& devices,
                           std::function<void(size_t, const DeviceError&)> on_failure)
    : devices_(devices), on_failure_(std::move(on_failure)), works_(devices.size(), true) {}

/// By speed, among the devices that work; none is empty.
std::vector<FleetDevices::Share> FleetDevices::shares_of(const Share& whole) const {
  double all = 0;
  for (size_t d = 0; d < devices_.size(); ++d) all += works_[d] ? devices_[d].speed : 0;
  std::vector<Share> shares;
  double speed = 0;
  int64_t first = 0;
  for (size_t d = 0; d < devices_.size(); ++d) {
    if (!works_[d]) continue;
    speed += devices_[d].speed;
    const int64_t end = std::min<int64_t>(
        whole.count, std::llround(static_cast<double>(whole.count) * speed / all));
    if (end > first) shares.push_back({d, whole.first + first, end - first});
    first = std::max(first, end);
  }
  return shares;
}

void FleetDevices::simulate_shares(const FleetRequest& request, std::vector<Share>& shares) const {
  const auto simulate_share = [&](size_t i) {
    Share& share = shares[i];
    try {
      FleetRequest part = request;
      part.first_sequence += share.first;
      part.size.sequences = share.count;
      DeviceContext context(devices_[share.device].number);
      share.outcome = simulate_fleet_on_cuda(part, context);
    } catch (...) {
      share.error = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  size_t i = 1;
  try {
    for (; i < shares.size(); ++i) threads.emplace_back(simulate_share, i);
  } catch (const std::system_error&) {
    // No more threads can be made: this one does the work.
  }
  for (; i < shares.size(); ++i) simulate_share(i);
  simulate_share(0);
  for (std::thread& thread : threads) thread.join();
}

FleetOutcome FleetDevices::simulate(const FleetRequest& request) {
  FleetOutcome all;
  all.sums.resize(request.policies.size() * request.switches.size() *
                  static_cast<size_t>(request.size.sequences));
  std::vector<Share> left = {{0, 0, request.size.sequences}};
  while (!left.empty()) {
    const Share whole = left.back();
    left.pop_back();
    std::vector<Share> shares = shares_of(whole);
    simulate_shares(request, shares);
    for (const Share& share : shares) {
      if (!share.error) {
        put_sums(share.outcome, share.first, share.count, request.size.sequences, all);
        all.stopped = all.stopped || share.outcome.stopped;
        continue;
      }
      try {
        std::rethrow_exception(share.error);
      } catch (const DeviceError& error) {
        works_[share.device] = false;
        on_failure_(share.device, error);
        if (std::none_of(works_.begin(), works_.end(), [](bool works) { return works; })) throw;
        left.push_back({0, share.first, share.count});
      }
    }
    if (all.stopped) return all;
  }
  return all;
}

}  // namespace edgesweep
