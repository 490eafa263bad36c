#include "host/results/sealed_bytes.h"

#include <algorithm>
#include <mutex>

#include "host/hdf5/hdf5_file.h"
#include "host/hdf5/hdf5_table.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

/// The header of an image, padded with NUL.
std::string whole_header(const std::string& lines, const std::vector<unsigned char>& image) {
  std::string header =
      lines + "sha256 " + sha256_hex(image.data() + kSealBytes, image.size() - kSealBytes) + "\n";
  header.resize(kSealBytes, '\0');
  return header;
}

}  // namespace

std::vector<unsigned char> sealed_bytes(const std::string& lines,
                                        const std::function<void(hid_t)>& fill) {
  const std::lock_guard lock(hdf5_mutex());
  const Hdf5Silence silence;
  std::vector<unsigned char> image = hdf5_bytes(Hdf5Format::v18, kSealBytes, fill);
  const std::string header = whole_header(lines, image);
  std::copy(header.begin(), header.end(), image.begin());
  return image;
}

bool seal_holds(const std::string& lines, const std::vector<unsigned char>& image) {
  if (image.size() <= kSealBytes) return false;
  const std::string header = whole_header(lines, image);
  return std::equal(header.begin(), header.end(), image.begin());
}

}  // namespace edgesweep
