#include "host/hdf5/hdf5_storage.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>

#include "host/error.h"
#include "host/hdf5/hdf5_handle.h"

namespace edgesweep {
namespace {

constexpr uint64_t kMaxChunkBytes = uint64_t{1} << 30;
constexpr uint64_t kMaxChunks = 1'000'000;
// Looking up one chunk's size in the index takes a walk over the index, and each chunk without
// filters needs one.
constexpr uint64_t kMaxPlainChunks = 20'000;
constexpr uint64_t kChecksumBytes = 4;
constexpr int kMaxFilters = 8;
constexpr const char* kAllowed = "a complete, undamaged dataset";
constexpr const char* kAllowedFilters =
    "gzip, shuffle and fletcher32, nothing but fletcher32 after gzip";

/// What HDF5 does to a chunk when it writes it, in order.
struct Pipeline {
  std::vector<H5Z_filter_t> filters;

  /// Bytes of checksums that the filters before (or, with `after`, behind) gzip add. Bit i of
  /// `skipped`: filter i was not applied to this chunk.
  uint64_t checksum_bytes(unsigned skipped, bool before_gzip, bool after_gzip) const {
    uint64_t bytes = 0;
    bool behind = false;
    for (size_t i = 0; i < filters.size(); ++i) {
      if (filters[i] == H5Z_FILTER_DEFLATE) behind = true;
      if (filters[i] != H5Z_FILTER_FLETCHER32 || (skipped >> i & 1) != 0) continue;
      if (behind ? after_gzip : before_gzip) bytes += kChecksumBytes;
    }
    return bytes;
  }

  bool gzipped(unsigned skipped) const {
    for (size_t i = 0; i < filters.size(); ++i) {
      if (filters[i] == H5Z_FILTER_DEFLATE && (skipped >> i & 1) == 0) return true;
    }
    return false;
  }
};

class StorageCheck {
 public:
  StorageCheck(const std::string& file, const std::string& name, hid_t dataset,
               const std::vector<hsize_t>& shape, uint64_t item_bytes)
      : file_(file), name_(name), dataset_(dataset), shape_(shape), item_bytes_(item_bytes) {}

  void run() {
    const Hdf5Handle plan(H5Dget_create_plist(dataset_), H5Pclose, file_ + ": " + name_);
    switch (H5Pget_layout(plan.get())) {
      case H5D_COMPACT:
        return check_whole();
      case H5D_CONTIGUOUS:
        if (H5Pget_external_count(plan.get()) != 0) refuse("numbers kept in another file");
        return check_whole();
      case H5D_CHUNKED:
        return check_chunks(plan.get());
      default:
        refuse("numbers kept in other datasets or files (a virtual dataset)");
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& found, const std::string& allowed = kAllowed) const {
    throw InputError(file_, name_, found, allowed);
  }

  void require(bool ok) const {
    if (!ok) refuse(fmt::format("damaged storage ({})", hdf5_error()));
  }

  void check_whole() const {
    uint64_t bytes = item_bytes_;
    for (const hsize_t extent : shape_) bytes *= extent;
    const hsize_t stored = H5Dget_storage_size(dataset_);
    if (stored != bytes) refuse(fmt::format("{} stored bytes instead of {}", stored, bytes));
  }

  void read_pipeline(hid_t plan) {
    const int count = H5Pget_nfilters(plan);
    require(count >= 0);
    if (count > kMaxFilters) refuse(fmt::format("{} filters", count), kAllowedFilters);
    bool behind_gzip = false;
    for (int i = 0; i < count; ++i) {
      unsigned flags = 0;
      size_t value_count = 0;
      unsigned config = 0;
      const H5Z_filter_t filter = H5Pget_filter2(plan, static_cast<unsigned>(i), &flags,
                                                 &value_count, nullptr, 0, nullptr, &config);
      require(filter >= 0);
      const bool known = filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
                         filter == H5Z_FILTER_FLETCHER32;
      if (!known || (behind_gzip && filter != H5Z_FILTER_FLETCHER32)) {
        refuse(fmt::format("the filter of number {} at place {}", filter, i + 1), kAllowedFilters);
      }
      behind_gzip = behind_gzip || filter == H5Z_FILTER_DEFLATE;
      pipeline_.filters.push_back(filter);
    }
  }

  void check_chunks(hid_t plan) {
    read_pipeline(plan);
    const size_t rank = shape_.size();
    std::vector<hsize_t> chunk(rank);
    require(H5Pget_chunk(plan, static_cast<int>(rank), chunk.data()) == static_cast<int>(rank));
    chunk_bytes_ = item_bytes_;
    const uint64_t max_count = pipeline_.filters.empty() ? kMaxPlainChunks : kMaxChunks;
    uint64_t count = 1;
    for (size_t i = 0; i < rank; ++i) {
      if (chunk[i] == 0 || chunk[i] > kMaxChunkBytes / chunk_bytes_) {
        refuse("chunks of more than 1 GiB", "smaller chunks");
      }
      chunk_bytes_ *= chunk[i];
      const uint64_t along = shape_[i] / chunk[i] + (shape_[i] % chunk[i] != 0 ? 1 : 0);
      if (along > max_count / count) {
        refuse(fmt::format("more than {} chunks", max_count), "larger chunks");
      }
      count *= along;
      if (count == 0) return;
    }
    for (uint64_t number = 0; number < count; ++number) check_chunk(corner(number, chunk));
  }

  /// First element of the number-th chunk, row-major.
  std::vector<hsize_t> corner(uint64_t number, const std::vector<hsize_t>& chunk) const {
    std::vector<hsize_t> offset(shape_.size());
    for (size_t i = shape_.size(); i-- > 0;) {
      const uint64_t along = (shape_[i] - 1) / chunk[i] + 1;
      offset[i] = number % along * chunk[i];
      number /= along;
    }
    return offset;
  }

  void check_chunk(const std::vector<hsize_t>& offset) {
    hsize_t stored = 0;
    require(H5Dget_chunk_storage_size(dataset_, offset.data(), &stored) >= 0);
    const std::string place = fmt::format("the chunk at [{}]", fmt::join(offset, ", "));
    if (stored == 0) refuse(fmt::format("no stored numbers in {}", place));
    // zlib's own bound on what packing may add, and every checksum there can be.
    if (stored > compressBound(chunk_bytes_) + kMaxFilters * kChecksumBytes) {
      refuse(fmt::format("{} bytes in {}, more than it holds unpacked", stored, place));
    }
    // Before the chunk is read: HDF5 writes as many bytes as the index says, whatever there is room
    // for.
    if (pipeline_.filters.empty()) check_indexed_size(offset, place);
    packed_.resize(stored);
    unsigned skipped = 0;
    require(H5Dread_chunk(dataset_, H5P_DEFAULT, offset.data(), &skipped, packed_.data()) >= 0);
    const bool gzipped = pipeline_.gzipped(skipped);
    const uint64_t expected = chunk_bytes_ + pipeline_.checksum_bytes(skipped, true, !gzipped);
    if (gzipped ? !unpacks_to(expected) : stored != expected) {
      refuse(fmt::format("{} that does not unpack to {} bytes", place, expected));
    }
  }

  /// Without filters HDF5 reports the chunk size it expects, but reads as many bytes as the chunk
  /// index says.
  void check_indexed_size(const std::vector<hsize_t>& offset, const std::string& place) const {
    unsigned skipped = 0;
    haddr_t address = 0;
    hsize_t indexed = 0;
    require(H5Dget_chunk_info_by_coord(dataset_, offset.data(), &skipped, &address, &indexed) >= 0);
    if (indexed != chunk_bytes_) {
      refuse(fmt::format("{} bytes in {} instead of {}", indexed, place, chunk_bytes_));
    }
  }

  /// Unpacks through a window and stops at the first byte too many, so a forged chunk costs no
  /// memory.
  bool unpacks_to(uint64_t expected) {
    z_stream stream = {};
    if (inflateInit(&stream) != Z_OK) throw SystemError("zlib: cannot start to unpack");
    stream.next_in = packed_.data();
    stream.avail_in = static_cast<uInt>(packed_.size());
    uint64_t unpacked = 0;
    int status = Z_OK;
    while (status == Z_OK && unpacked <= expected) {
      stream.next_out = window_.data();
      stream.avail_out = static_cast<uInt>(window_.size());
      status = inflate(&stream, Z_NO_FLUSH);
      unpacked += window_.size() - stream.avail_out;
    }
    inflateEnd(&stream);
    return status == Z_STREAM_END && unpacked == expected;
  }

  const std::string& file_;
  const std::string& name_;
  hid_t dataset_;
  const std::vector<hsize_t>& shape_;
  uint64_t item_bytes_;
  uint64_t chunk_bytes_ = 0;
  Pipeline pipeline_;
  std::vector<unsigned char> packed_;
  std::array<unsigned char, 1 << 16> window_;
};

}  // namespace

void check_hdf5_storage(const std::string& file, const std::string& name, hid_t dataset,
                        const std::vector<hsize_t>& shape, uint64_t item_bytes) {
  StorageCheck(file, name, dataset, shape, item_bytes).run();
}

}  // namespace edgesweep
