#include "host/results/replay_file.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <vector>

#include "host/hdf5/hdf5_file.h"
#include "host/hdf5/hdf5_table.h"
#include "host/results/atomic_file.h"

namespace edgesweep {
namespace {

template <typename T>
void write_values(const std::string& path, const std::string& name, const ReplayTable& table,
                  const std::vector<T>& values) {
  replace_file(path, [&](int descriptor) {
    const std::scoped_lock one_at_a_time(hdf5_mutex());
    return write_hdf5_file(Hdf5Format::v18, descriptor, [&](hid_t file) {
      write_array(file, name,
                  {static_cast<hsize_t>(table.sequences), static_cast<hsize_t>(table.images)},
                  values, Storage::plain);
    });
  });
}

}  // namespace

void write_replay(const std::string& path, const std::string& name, const ReplayTable& table) {
  const std::vector<int32_t>& values = table.values;
  const int32_t largest = *std::max_element(values.begin(), values.end());
  const auto write_as = [&](auto example) {
    std::vector<decltype(example)> shorter(values.size());
    std::transform(values.begin(), values.end(), shorter.begin(),
                   [](int32_t value) { return static_cast<decltype(example)>(value); });
    write_values(path, name, table, shorter);
  };
  if (largest <= std::numeric_limits<uint8_t>::max())
    write_as(uint8_t{});
  else if (largest <= std::numeric_limits<uint16_t>::max())
    write_as(uint16_t{});
  else
    write_values(path, name, table, values);
}

}  // namespace edgesweep
