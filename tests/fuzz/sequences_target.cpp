// What `edgesweep sequences` is asked for, and the drawing of small tables.
#include <algorithm>
#include <stdexcept>

#include "host/results/sequence_tables.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using edgesweep::ReplayTable;
using edgesweep::SequenceTable;

void draw(const SequenceTable& table) {
  if (table.size.sequences * table.size.images > 1000) return;
  const bool gaps = table.dataset == "gap";
  ReplayTable drawn;
  draw_sequences(table, drawn);
  const auto [least, most] = std::minmax_element(drawn.values.begin(), drawn.values.end());
  if (gaps ? *least < 1 : *least < 0 || *most >= table.image_count)
    throw std::logic_error("out of range");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edgesweep;
  const std::string path = testing::fuzz_file("tables.json", data, size);
  testing::read_or_refuse([&] {
    for (const SequenceTable& table : read_sequence_tables(path, "")) draw(table);
  });
  return 0;
}
