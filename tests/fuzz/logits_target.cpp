// Logits as HDF5, with ranks and with costs.
#include "host/data/classifier_pair.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edgesweep;
  const std::string path = testing::fuzz_file("logits.h5", data, size);
  testing::read_or_refuse([&] { read_classifier_pair(path, {Cost::top5}); });
  testing::read_or_refuse([&] { read_classifier_pair(path, {Cost::own}); });
  return 0;
}
