#pragma once
#include <ostream>
#include <vector>

#include "host/engine/fleet/fleet_simulation.h"
#include "host/engine/fleet/search.h"

namespace edgesweep::testing {

/// A fleet to simulate plainly, with vectors and on the emulated GPU.
struct FleetCase {
  const char* name;
  int64_t sequences, images;
  std::vector<int32_t> cameras;  ///< one switch each
  int policies;
  FleetMode mode;
  bool whole_rewards;
  bool local_reset;
};
inline void PrintTo(const FleetCase& c, std::ostream* out) { *out << c.name; }

/// One of everything; odd sizes; just over a vector, a tile of steps and a batch of policies; the
/// paper's eight cameras and a hundred sequences; more cameras and switches than are served at
/// once.
const std::vector<FleetCase>& fleet_cases();

/// A case with images, buckets and thresholds drawn from its name's length on.
class FleetTestProblem {
 public:
  explicit FleetTestProblem(const FleetCase& c);
  FleetTestProblem(const FleetTestProblem&) = delete;
  FleetTestProblem& operator=(const FleetTestProblem&) = delete;

  FleetRequest& request() { return request_; }

 private:
  SequenceSource source_;
  FleetRequest request_;
};

/// Images of metrics 0..1 and rewards whose mean grows with the metric: -1, 0 or 1, or real
/// numbers.
std::shared_ptr<const Dataset> fleet_images(bool whole_rewards);

/// A search over a small grid in which several points round to the same integers, for switches of
/// 2, 3 and 5 cameras.
SearchProblem small_search(int64_t sequences, int64_t images);

}  // namespace edgesweep::testing
