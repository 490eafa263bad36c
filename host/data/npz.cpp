#include "host/data/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "host/data/npy.h"
#include "host/error.h"

namespace edgesweep {
namespace {

constexpr zip_int64_t kMaxEntries = 64;
constexpr uint64_t kMaxEntryBytes = (uint64_t{1} << 30) + (uint64_t{64} << 10) + kNpyPreambleBytes;
constexpr uint64_t kBlockBytes = uint64_t{1} << 18;
constexpr uint64_t kFreeBytes = uint64_t{1} << 24;
constexpr uint64_t kMostGrowth = 256;
constexpr const char* kAllowedArchive = "an undamaged .npz file";

struct DiscardZip {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, DiscardZip>;
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;

std::string message_of(const zip_error_t* error) {
  // zip_error_strerror keeps its text in the error itself, so it wants one it may change.
  zip_error_t copy;
  zip_error_init(&copy);
  zip_error_set(&copy, zip_error_code_zip(error), zip_error_code_system(error));
  std::string text = zip_error_strerror(&copy);
  zip_error_fini(&copy);
  return text;
}

Archive open_archive(const InputFile& file) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source =
      zip_source_buffer_create(file.bytes.data(), file.bytes.size(), /*freep=*/0, &error);
  zip_t* archive = source == nullptr
                       ? nullptr
                       : zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  const std::string text = archive == nullptr ? message_of(&error) : "";
  if (archive == nullptr && source != nullptr) zip_source_free(source);
  zip_error_fini(&error);
  if (archive == nullptr) {
    throw InputError(file.path, "", fmt::format("a damaged zip archive ({})", text),
                     kAllowedArchive);
  }
  return Archive(archive);
}

/// Names of the entries in the order of the archive, without ".npy".
std::vector<std::string> array_names(const InputFile& file, zip_t* archive) {
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  if (count > kMaxEntries) {
    throw InputError(file.path, "", fmt::format("{} entries", count),
                     fmt::format("a .npz file of at most {} entries", kMaxEntries));
  }
  std::vector<std::string> names;
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* text = zip_get_name(archive, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    std::string name = text == nullptr ? "" : text;
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    names.push_back(name);
  }
  return names;
}

zip_uint64_t find_array(const InputFile& file, const std::vector<std::string>& present,
                        const std::string& name, const std::vector<std::string>& expected) {
  const auto count = std::count(present.begin(), present.end(), name);
  if (count == 0) refuse_missing(file.path, name, present, expected);
  if (count > 1) {
    throw InputError(file.path, name, fmt::format("{} arrays of this name", count), "one");
  }
  return static_cast<zip_uint64_t>(std::find(present.begin(), present.end(), name) -
                                   present.begin());
}

/// Reads one entry in order; every byte count was checked against the declared size before.
class ArrayReader {
 public:
  /// Reads the header.
  ArrayReader(const InputFile& file, const std::string& name, zip_t* archive, zip_uint64_t index,
              size_t rank)
      : file_(file), name_(name) {
    check_declaration(archive, index);
    entry_.reset(zip_fopen_index(archive, index, 0));
    if (entry_ == nullptr) refuse_damaged(message_of(zip_get_error(archive)));
    read_header(rank);
  }

  const std::vector<uint64_t>& shape() const { return header_.shape; }

  /// Unpacks the values, once.
  NpzArray read() {
    NpzArray array{header_.shape, read_values(header_.type, count_)};
    check_end();
    if (header_.column_major && array.shape.size() == 2) array.values = transposed(array);
    return array;
  }

  /// Refuses values that are too many for the bytes that hold them.
  void check_growth() const {
    const uint64_t bytes = count_ * sizeof(double);
    if (bytes <= kFreeBytes || bytes / kMostGrowth <= packed_bytes_) return;
    throw InputError(file_.path, name_,
                     fmt::format("{} numbers in {} bytes", count_, packed_bytes_),
                     fmt::format("at least {} bytes for so many", bytes / kMostGrowth));
  }

 private:
  void read_header(size_t rank) {
    std::vector<unsigned char> header = read_bytes(kNpyPreambleBytes);
    const uint64_t header_bytes = npy_header_bytes(file_.path, name_, header);
    if (header_bytes < header.size()) refuse("a .npy header without content");
    const std::vector<unsigned char> rest = read_bytes(header_bytes - header.size());
    header.insert(header.end(), rest.begin(), rest.end());
    header_ = parse_npy_header(file_.path, name_, header);
    std::vector<uint64_t>& shape = header_.shape;
    if (rank == 1 && shape.size() == 2 && (shape[0] == 1 || shape[1] == 1))
      shape = {shape[0] * shape[1]};
    count_ = checked_count(header_, rank);
  }

  [[noreturn]] void refuse(const std::string& found) const {
    throw InputError(file_.path, name_, found, kAllowedArchive);
  }

  [[noreturn]] void refuse_damaged(const std::string& message) const {
    refuse(fmt::format("a damaged entry ({})", message));
  }

  void check_declaration(zip_t* archive, zip_uint64_t index) {
    zip_stat_t declared;
    zip_stat_init(&declared);
    constexpr zip_uint64_t kNeeded =
        ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(archive, index, 0, &declared) != 0) {
      refuse_damaged(message_of(zip_get_error(archive)));
    }
    if ((declared.valid & kNeeded) != kNeeded) refuse("an entry without sizes");
    if (declared.encryption_method != ZIP_EM_NONE) refuse("an encrypted entry");
    if (declared.comp_method != ZIP_CM_STORE && declared.comp_method != ZIP_CM_DEFLATE) {
      throw InputError(file_.path, name_,
                       fmt::format("compression method {}", declared.comp_method),
                       "stored or deflated entries");
    }
    if (declared.size > kMaxEntryBytes) {
      throw InputError(file_.path, name_, fmt::format("{} bytes unpacked", declared.size),
                       fmt::format("at most {} bytes", kMaxEntryBytes));
    }
    declared_bytes_ = declared.size;
    packed_bytes_ = std::min<uint64_t>(declared.comp_size, file_.bytes.size());
  }

  uint64_t checked_count(const NpyHeader& header, size_t rank) const {
    if (header.shape.size() != rank) {
      throw InputError(file_.path, name_, fmt::format("{} dimensions", header.shape.size()),
                       rank == 1 ? "one dimension" : fmt::format("{} dimensions", rank));
    }
    uint64_t count = 1;
    for (const uint64_t extent : header.shape) {
      if (extent != 0 && count > kMaxArrayValues / extent) refuse_size(header.shape);
      count *= extent;
    }
    const uint64_t expected = header.data_offset + count * static_cast<uint64_t>(header.type.bytes);
    if (declared_bytes_ != expected) {
      throw InputError(file_.path, name_, fmt::format("an entry of {} bytes", declared_bytes_),
                       fmt::format("{} bytes, as its .npy header says", expected));
    }
    return count;
  }

  [[noreturn]] void refuse_size(const std::vector<uint64_t>& shape) const {
    const std::string found = shape.size() == 1
                                  ? fmt::format("{} numbers", shape[0])
                                  : fmt::format("the shape ({})", fmt::join(shape, ", "));
    throw InputError(file_.path, name_, found, fmt::format("at most {}", kMaxArrayValues));
  }

  /// Rows behind one another, of an array whose columns are.
  static std::vector<double> transposed(const NpzArray& array) {
    const size_t rows = array.shape[0];
    const size_t columns = array.shape[1];
    std::vector<double> values(array.values.size());
    for (size_t row = 0; row < rows; ++row)
      for (size_t column = 0; column < columns; ++column)
        values[row * columns + column] = array.values[column * rows + row];
    return values;
  }

  /// Grows with what really unpacks, so a declared size alone takes no memory.
  std::vector<double> read_values(const NpyType& type, uint64_t count) {
    const uint64_t block = kBlockBytes / static_cast<uint64_t>(type.bytes);
    std::vector<double> values;
    for (uint64_t done = 0; done < count;) {
      const uint64_t now = std::min(block, count - done);
      const std::vector<unsigned char> stored = read_bytes(now * static_cast<uint64_t>(type.bytes));
      values.resize(done + now);
      npy_to_double(type, stored.data(), now, values.data() + done);
      done += now;
    }
    return values;
  }

  std::vector<unsigned char> read_bytes(uint64_t count) {
    std::vector<unsigned char> bytes(count);
    uint64_t done = 0;
    while (done < count) {
      const zip_int64_t got = zip_fread(entry_.get(), bytes.data() + done, count - done);
      if (got < 0) refuse_damaged(message_of(zip_file_get_error(entry_.get())));
      if (got == 0) refuse("an entry that ends early");
      done += static_cast<uint64_t>(got);
    }
    return bytes;
  }

  /// One byte more than declared: there must be none. Reaching the end is also what makes libzip
  /// compare the checksum.
  void check_end() {
    unsigned char extra = 0;
    const zip_int64_t got = zip_fread(entry_.get(), &extra, 1);
    if (got < 0) refuse_damaged(message_of(zip_file_get_error(entry_.get())));
    if (got > 0)
      refuse(fmt::format("an entry that unpacks to more than {} bytes", declared_bytes_));
  }

  const InputFile& file_;
  std::string name_;
  uint64_t declared_bytes_ = 0;
  uint64_t packed_bytes_ = 0;
  NpyHeader header_;
  uint64_t count_ = 0;
  Entry entry_;
};

}  // namespace

bool is_npz(const InputFile& file) {
  return file.bytes.size() >= 4 && file.bytes[0] == 'P' && file.bytes[1] == 'K';
}

std::vector<std::vector<double>> read_npz(const InputFile& file,
                                          const std::vector<std::string>& names,
                                          const ShapeCheck& check) {
  const Archive archive = open_archive(file);
  const std::vector<std::string> present = array_names(file, archive.get());
  std::vector<ArrayReader> readers;
  std::vector<uint64_t> lengths;
  for (const std::string& name : names) {
    const zip_uint64_t index = find_array(file, present, name, names);
    readers.emplace_back(file, name, archive.get(), index, /*rank=*/1);
    lengths.push_back(readers.back().shape()[0]);
  }
  check(lengths);
  std::vector<std::vector<double>> arrays;
  for (ArrayReader& reader : readers) arrays.push_back(reader.read().values);
  return arrays;
}

NpzArray read_npz_array(const InputFile& file, const std::string& name, size_t rank,
                        const std::vector<std::string>& expected, const ShapeCheck& check) {
  const Archive archive = open_archive(file);
  const zip_uint64_t index = find_array(file, array_names(file, archive.get()), name, expected);
  ArrayReader reader(file, name, archive.get(), index, rank);
  check(reader.shape());
  reader.check_growth();
  return reader.read();
}

std::vector<std::string> npz_names(const InputFile& file) {
  return array_names(file, open_archive(file).get());
}

}  // namespace edgesweep
