// Tables of published losses and of sequences' weak losses.
#include "host/results/published/published_losses.h"
#include "host/results/published/sequence_weak_losses.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edgesweep;
  const std::string path = testing::fuzz_file("losses.csv", data, size);
  testing::read_or_refuse([&] { read_published(testing::fuzz_folder()); });
  testing::read_or_refuse([&] { read_sequence_weak_losses(path); });
  return 0;
}
