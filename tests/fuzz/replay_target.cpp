// Replayed indices and gaps.
#include "host/data/replay.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edgesweep;
  const std::string path = testing::fuzz_file("replay.h5", data, size);
  testing::read_or_refuse([&] { load_index_replay(path, 40); });
  testing::read_or_refuse([&] { load_gap_replay(path); });
  return 0;
}
