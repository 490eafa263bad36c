// Tables of published losses.
#include "host/compare/published_table.h"
#include "host/config/defaults.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edgesweep;
  static const std::vector<std::string> settings = [] {
    std::vector<std::string> names;
    for (const auto& [name, text] : setting_columns(Json::object())) names.push_back(name);
    return names;
  }();
  const std::string path = testing::fuzz_file("losses.csv", data, size);
  testing::read_or_refuse([&] { read_published(path, settings); });
  testing::read_or_refuse([&] { read_published(testing::fuzz_folder(), settings); });
  return 0;
}
