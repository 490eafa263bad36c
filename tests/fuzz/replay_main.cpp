// PROGRAM FOLDER COUNT: gives a fuzz target every file of the folder, then COUNT mutations of them
// drawn from a fixed generator. For compilers without libFuzzer: it learns nothing from coverage.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_target.h"

namespace {

using Bytes = std::vector<uint8_t>;

std::vector<Bytes> files_of(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Bytes> files;
  for (const auto& path : paths) {
    const std::string bytes = edgesweep::testing::read_bytes(path.string());
    files.emplace_back(bytes.begin(), bytes.end());
  }
  return files;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<Bytes>& files) : files_(files) {}

  Bytes next() {
    Bytes bytes = files_[below(files_.size())];
    for (size_t left = 1 + below(4); left > 0 && !bytes.empty(); --left) mutate(bytes);
    return bytes;
  }

 private:
  size_t below(size_t count) { return generator_() % count; }

  void mutate(Bytes& bytes) {
    const size_t at = below(bytes.size());
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<uint8_t>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        bytes[at] = static_cast<uint8_t>(below(256));
        break;
      case 2:  // a number that is often a limit, over one to eight bytes
        for (size_t i = 0, end = std::min(bytes.size() - at, size_t{1} << below(4)); i < end; ++i)
          bytes[at + i] = below(2) == 0 ? 0xff : 0;
        break;
      case 3:
        bytes.resize(at);
        break;
      case 4: {  // a piece of it once more
        const Bytes piece(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                          bytes.begin() + static_cast<std::ptrdiff_t>(
                                              std::min(bytes.size(), at + 1 + below(64))));
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size())),
                     piece.begin(), piece.end());
        break;
      }
      default:
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }

  const std::vector<Bytes>& files_;
  std::minstd_rand generator_{1};
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "PROGRAM FOLDER COUNT\n";
    return 2;
  }
  const std::vector<Bytes> files = files_of(arguments[1]);
  if (files.empty()) {
    std::cerr << arguments[1] << ": no files\n";
    return 2;
  }
  for (const Bytes& bytes : files) LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  Mutator mutator(files);
  const long mutations = std::strtol(arguments[2], nullptr, 10);
  for (long i = 0; i < mutations; ++i) {
    const Bytes bytes = mutator.next();
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::cout << files.size() << " files and " << mutations << " mutations were read or refused\n";
}
