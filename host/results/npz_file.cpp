#include "host/results/npz_file.h"

#include <fmt/format.h>
#include <zip.h>

#include <bit>
#include <memory>

#include "host/error.h"

namespace edgesweep {
namespace {

static_assert(std::endian::native == std::endian::little, "dtypes are written as little-endian");

/// 1 January 1980, the first day that a zip archive knows: not the time of writing.
constexpr zip_uint16_t kDosTime = 0;
constexpr zip_uint16_t kDosDate = (1 << 5) + 1;

struct DiscardZip {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct FreeSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, DiscardZip>;
using Source = std::unique_ptr<zip_source_t, FreeSource>;

void check(bool done, const std::string& what, const char* reason) {
  if (!done) throw SystemError(fmt::format(".npz file in memory: {}: {}", what, reason));
}

template <typename Number>
std::string bytes_of(const Number* values, size_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(Number)};
}

/// A .npy file, version 1.0: its header ends at a multiple of 64 bytes.
std::string npy(const std::string& dtype, const std::string& shape, const std::string& content) {
  constexpr size_t kPreamble = 10;
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", dtype, shape);
  while ((kPreamble + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string file("\x93NUMPY\1\0", 8);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  return file + header + content;
}

const char* dtype_of(double) { return "<f8"; }
const char* dtype_of(float) { return "<f4"; }
const char* dtype_of(int32_t) { return "<i4"; }

/// As Python writes a tuple.
std::string shape_text(const std::vector<uint64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

template <typename Number>
std::string npy_of(const std::vector<Number>& values, const std::vector<uint64_t>& shape) {
  return npy(dtype_of(Number()),
             shape_text(shape.empty() ? std::vector<uint64_t>{values.size()} : shape),
             bytes_of(values.data(), values.size()));
}

/// NumPy stores four bytes for a letter.
std::string npy_of(const std::string& text, const std::vector<uint64_t>&) {
  const std::vector<uint32_t> letters(text.begin(), text.end());
  return npy(fmt::format("<U{}", letters.size()), "()", bytes_of(letters.data(), letters.size()));
}

/// content outlives the archive's closing.
void add(zip_t* archive, const std::string& name, const std::string& content) {
  Source source(zip_source_buffer(archive, content.data(), content.size(), /*freep=*/0));
  check(source != nullptr, name, zip_strerror(archive));
  const zip_int64_t index = zip_file_add(archive, name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  check(index >= 0, name, zip_strerror(archive));
  static_cast<void>(source.release());  // the archive's now
  const auto entry = static_cast<zip_uint64_t>(index);
  check(zip_set_file_compression(archive, entry, ZIP_CM_DEFLATE, 6) == 0 &&
            zip_file_set_dostime(archive, entry, kDosTime, kDosDate, 0) == 0,
        name, zip_strerror(archive));
}

std::vector<unsigned char> content_of(zip_source_t* source) {
  zip_stat_t size;
  zip_stat_init(&size);
  check(zip_source_stat(source, &size) == 0 && zip_source_open(source) == 0, "reading",
        zip_error_strerror(zip_source_error(source)));
  std::vector<unsigned char> bytes(size.size);
  const zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
  check(got == static_cast<zip_int64_t>(bytes.size()), "reading", "it ends early");
  check(zip_source_close(source) == 0, "closing", zip_error_strerror(zip_source_error(source)));
  return bytes;
}

}  // namespace

std::vector<unsigned char> npz_bytes(const std::vector<NpzEntry>& entries) {
  std::vector<std::string> contents;
  for (const NpzEntry& entry : entries)
    contents.push_back(
        std::visit([&](const auto& values) { return npy_of(values, entry.shape); }, entry.values));
  zip_error_t error;
  zip_error_init(&error);
  Source memory(zip_source_buffer_create(nullptr, 0, /*freep=*/0, &error));
  check(memory != nullptr, "memory", zip_error_strerror(&error));
  Archive archive(zip_open_from_source(memory.get(), ZIP_TRUNCATE, &error));
  check(archive != nullptr, "opening", zip_error_strerror(&error));
  zip_source_keep(memory.get());  // beyond the archive, which has taken it over
  for (size_t i = 0; i < entries.size(); ++i)
    add(archive.get(), entries[i].name + ".npy", contents[i]);
  check(zip_close(archive.get()) == 0, "writing", zip_strerror(archive.get()));
  static_cast<void>(archive.release());  // gone when closed
  return content_of(memory.get());
}

}  // namespace edgesweep
