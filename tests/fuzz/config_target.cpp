// Configs, their includes and their expansion into runs.
#include "host/sweep/expand.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edgesweep;
  const std::string path = testing::fuzz_file("config.json", data, size);
  testing::read_or_refuse([&] { load_sweep(path, {}); });
  return 0;
}
