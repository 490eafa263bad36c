// Datasets as HDF5.
#include "host/data/dataset.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edgesweep;
  const std::string path = testing::fuzz_file("images.h5", data, size);
  testing::read_or_refuse([&] { load_dataset(path); });
  return 0;
}
