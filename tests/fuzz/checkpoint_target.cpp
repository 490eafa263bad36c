// Checkpoints of runs and of searches. Their header has the SHA-256 of the rest, which no mutation
// finds: the target takes the header of a checkpoint of its own and puts the right one in.
#include <filesystem>
#include <stdexcept>

#include "host/results/checkpoint.h"
#include "host/results/sealed_bytes.h"
#include "host/results/search_checkpoint.h"
#include "host/sha256.h"
#include "tests/fuzz/fuzz_target.h"

namespace edgesweep {
namespace {

const CheckpointOwner kOwner{"run", "inputs"};
const std::string kKey = "key";

/// The header of a checkpoint that this program wrote, up to its checksum.
struct Checkpoint {
  std::string path, lines;
};

Checkpoint written(const std::string& ending) {
  const std::string folder = testing::fuzz_folder() + "/" + ending;
  if (ending == "checkpoint") write_checkpoint(folder, kOwner, {});
  if (ending == "search") write_search(folder, kKey, {});
  const std::string end = "." + ending + ".h5";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (!path.ends_with(end)) continue;
    const std::string bytes = testing::read_bytes(path);
    return {path, bytes.substr(0, bytes.find("sha256 "))};
  }
  throw std::logic_error("no checkpoint was written");
}

void write_sealed(const Checkpoint& checkpoint, const uint8_t* data, size_t size) {
  std::string bytes = checkpoint.lines + "sha256 " + sha256_hex(data, size) + "\n";
  bytes.resize(kSealBytes, '\0');
  testing::write_bytes(checkpoint.path, bytes.append(reinterpret_cast<const char*>(data), size));
}

}  // namespace
}  // namespace edgesweep

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edgesweep;
  static const Checkpoint run = written("checkpoint");
  static const Checkpoint search = written("search");
  write_sealed(run, data, size);
  testing::read_or_refuse([] {
    read_checkpoint(testing::fuzz_folder() + "/checkpoint", kOwner,
                    {.parameters = 6, .iterations = 9});
  });
  write_sealed(search, data, size);
  testing::read_or_refuse([] { read_search(testing::fuzz_folder() + "/search", kKey); });
  return 0;
}
