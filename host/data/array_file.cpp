#include "host/data/array_file.h"

#include <fmt/format.h>

#include "host/data/npz.h"
#include "host/error.h"
#include "host/hdf5/hdf5_reader.h"
#include "host/input_file.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

void check_length(const std::string& path, const std::string& name, uint64_t length,
                  const LogitShape& logits) {
  if (length == static_cast<uint64_t>(logits.images)) return;
  std::string allowed = fmt::format("one for each of the {} images of the logits", logits.images);
  if (length == static_cast<uint64_t>(logits.classes))
    allowed += fmt::format(", which are {} x {}; transposed? A row is an image (docs/files.md)",
                           logits.images, logits.classes);
  throw InputError(path, name, fmt::format("{} values", length), allowed);
}

class NpzArrayFile : public ArrayFile {
 public:
  NpzArrayFile(const std::string& path, const std::vector<std::string>& expected)
      : file_(read_input_file(path)),
        expected_(expected),
        sha256_(sha256_hex(file_.bytes.data(), file_.bytes.size())) {}
  const std::string& path() const override { return file_.path; }
  const std::string& sha256() const override { return sha256_; }
  std::vector<std::string> names() const override { return npz_names(file_); }
  std::vector<double> read(const std::string& name, const LogitShape& logits) const override {
    const auto check = [&](const auto& shape) { check_length(path(), name, shape[0], logits); };
    return read_npz_array(file_, name, 1, expected_, check).values;
  }
  std::unique_ptr<LogitSource> logits(const std::string& name,
                                      const LogitShapeCheck& check) const override {
    NpzArray array = read_npz_array(file_, name, 2, expected_, [&](const auto& shape) {
      check(static_cast<int64_t>(shape[0]), static_cast<int64_t>(shape[1]));
    });
    return std::make_unique<LogitsInMemory>(static_cast<int64_t>(array.shape[0]),
                                            static_cast<int64_t>(array.shape[1]),
                                            std::move(array.values));
  }

 private:
  InputFile file_;
  std::vector<std::string> expected_;
  std::string sha256_;
};

class LogitsOnDisk : public LogitSource {
 public:
  explicit LogitsOnDisk(Hdf5Rows rows) : rows_(std::move(rows)) {}
  int64_t images() const override { return static_cast<int64_t>(rows_.rows()); }
  int64_t classes() const override { return static_cast<int64_t>(rows_.columns()); }
  void read(int64_t first, int64_t count, double* values) override {
    rows_.read(static_cast<uint64_t>(first), static_cast<uint64_t>(count), values);
  }

 private:
  Hdf5Rows rows_;
};

class Hdf5ArrayFile : public ArrayFile {
 public:
  Hdf5ArrayFile(const std::string& path, const std::vector<std::string>& expected)
      : path_(path), reader_(path, expected), sha256_(sha256_of_file(path)) {}
  const std::string& path() const override { return path_; }
  const std::string& sha256() const override { return sha256_; }
  std::vector<std::string> names() const override { return reader_.names(); }
  std::vector<double> read(const std::string& name, const LogitShape& logits) const override {
    std::vector<double> values = reader_.read_doubles(name, 1, kMaxArrayValues).values;
    check_length(path_, name, values.size(), logits);
    return values;
  }
  std::unique_ptr<LogitSource> logits(const std::string& name,
                                      const LogitShapeCheck& check) const override {
    auto logits = std::make_unique<LogitsOnDisk>(reader_.open_rows(name));
    check(logits->images(), logits->classes());
    return logits;
  }

 private:
  std::string path_;
  Hdf5Reader reader_;
  std::string sha256_;
};

}  // namespace

std::unique_ptr<ArrayFile> open_array_file(const std::string& path,
                                           const std::vector<std::string>& expected) {
  const InputFile start = read_input_start(path);
  if (is_hdf5(path)) return std::make_unique<Hdf5ArrayFile>(path, expected);
  if (is_npz(start)) return std::make_unique<NpzArrayFile>(path, expected);
  throw InputError(path, "", kind_of_bytes(start), "a .npz or HDF5 file");
}

}  // namespace edgesweep
