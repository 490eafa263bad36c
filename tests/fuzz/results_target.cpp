// Results files.
#include "host/results/results_file.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edgesweep;
  const std::string path = testing::fuzz_file("results.h5", data, size);
  testing::read_or_refuse([&] { read_results(path); });
  return 0;
}
