// engine_digests GROUP: computes every case of a group plainly and with each instruction set of
// this processor and prints "CASE DIGEST", where all agree, for a comparison with other processors.
// Lines with # tell what ran. Without gtest and the libraries that read files, so that it links
// wherever there is a compiler.
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <exception>

#include "host/engine/cpu/simd.h"
#include "tests/arm64/digest.h"

namespace edgesweep::testing {

std::vector<std::string> Report::names() {
  std::printf("#");
  for (const std::string& name : instruction_sets()) std::printf(" %s", name.c_str());
  std::printf("\n");
  return instruction_sets();
}

void Report::use(const std::string& instruction_set) { force_instruction_set(instruction_set); }

void Report::print(const std::string& name, uint64_t digest) {
  std::printf("%s %016" PRIx64 "\n", name.c_str(), digest);
}

void Report::differs(const std::string& name, const std::string& set, uint64_t digest) {
  std::printf("# %s: %s differs from the plain version, %016" PRIx64 "\n", name.c_str(),
              set.c_str(), digest);
  all_equal_ = false;
}

namespace {

constexpr struct {
  const char* name;
  void (*digest)(Report&);
} kGroups[] = {{"Training", digest_training},   {"Windows", digest_windows},
               {"Decisions", digest_decisions}, {"Simulation", digest_simulation},
               {"Runs", digest_runs},           {"Prepare", digest_prepare}};

int digest_group(const char* name) {
  for (const auto& group : kGroups) {
    if (std::strcmp(group.name, name) != 0) continue;
    Report report;
    group.digest(report);
    return report.all_equal() ? 0 : 1;
  }
  std::fprintf(stderr, "engine_digests: no group \"%s\"\n", name);
  return 2;
}

}  // namespace
}  // namespace edgesweep::testing

int main(int argc, char** argv) try {
  return edgesweep::testing::digest_group(argc == 2 ? argv[1] : "");
} catch (const std::exception& error) {
  std::fprintf(stderr, "engine_digests: %s\n", error.what());
  return 2;
}
