// Files that are no datasets: each is refused with a message that names the array and what is wrong
// with it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <limits>
#include <random>

#include "host/data/dataset.h"
#include "host/error.h"
#include "tests/support/dataset_files.h"
#include "tests/support/paths.h"

#if defined(__SANITIZE_ADDRESS__)
// HDF5 1.10 itself loses a few hundred bytes when it decodes a damaged object header, and asks for
// absurd sizes that a plain malloc refuses and HDF5 then reports as an error.
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
#endif

namespace edgesweep {
namespace {

using testing::bytes_of;
using testing::NamedArrays;
using testing::NamedBytes;
using testing::npy;
using testing::npy_entries;
using testing::replaced;
using testing::small_dataset;
using testing::small_dataset_with;
using testing::TemporaryFolder;
using testing::write_bytes;
using testing::write_hdf5;
using testing::write_npz;

constexpr size_t kTraining = 60;

class FaultDataset : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.file(name); }

  /// Loading must throw InputError whose message begins with the path and holds every part.
  static void expect_refused(const std::string& file, const std::vector<std::string>& parts) {
    try {
      load_dataset(file);
      ADD_FAILURE() << file << " was accepted";
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.rfind(file + ": ", 0), 0u) << message;
      for (const std::string& part : parts) {
        EXPECT_NE(message.find(part), std::string::npos) << "no \"" << part << "\" in " << message;
      }
    }
  }

  void expect_both_refused(const NamedArrays& arrays, const std::vector<std::string>& parts) {
    write_npz(path("a.npz"), npy_entries(arrays));
    expect_refused(path("a.npz"), parts);
    write_hdf5(path("a.h5"), arrays);
    expect_refused(path("a.h5"), parts);
  }

  void expect_npz_refused(const std::string& name, const std::string& content,
                          const std::vector<std::string>& parts) {
    write_npz(path("a.npz"), replaced(npy_entries(small_dataset()), name, content));
    expect_refused(path("a.npz"), parts);
  }

  /// Loads without caring for the result: anything but success or InputError escapes and fails the
  /// test.
  static bool loads(const std::string& file) {
    try {
      load_dataset(file);
      return true;
    } catch (const InputError&) {
      return false;
    }
  }

  TemporaryFolder folder_;
};

TEST_F(FaultDataset, APathEndsWhereItEndsNotAtANulCharacter) {
  write_npz(path("a.npz"), npy_entries(small_dataset()));
  const std::string name = path("a.npz") + std::string(1, '\0') + ".other";
  try {
    load_dataset(name);
    ADD_FAILURE() << "another file was read";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("a.npz\\0.other: found a NUL"), std::string::npos)
        << error.what();
  }
}

TEST_F(FaultDataset, WhatIsNoReadableFileIsRefusedWithoutOpeningIt) {
  expect_refused(path("missing"), {"No such file"});
  expect_refused(path("."), {"a directory"});
  write_bytes(path("empty"), "");
  expect_refused(path("empty"), {"an empty file"});
  // Nobody writes to this pipe: opening it in the ordinary way would wait for ever.
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  expect_refused(path("pipe"), {"a named pipe"});
  expect_refused("/dev/zero", {"a device"});
}

TEST_F(FaultDataset, OtherKindsOfFileAreNamed) {
  write_bytes(path("a"), "metric,weak,strong\n1,0,0\n");
  expect_refused(path("a"), {"neither", "metric_tr"});
  write_bytes(path("a"), npy({1, 2}));
  expect_refused(path("a"), {"a single .npy array"});
  write_bytes(path("a"), "\x80\x04\x95.");
  expect_refused(path("a"), {"pickle", "never read"});
}

TEST_F(FaultDataset, ValuesThatAreNotFiniteAreRefusedWithTheirPosition) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    for (const auto& [name, values] : small_dataset()) {
      std::vector<double> changed = values;
      changed[17] = bad;
      expect_both_refused(small_dataset_with(name, changed), {name, "at position 17", "finite"});
    }
  }
}

TEST_F(FaultDataset, LengthsWithinASplitMustAgree) {
  for (const std::string name : {"wcost_tr", "scost_tr", "wcost_ts", "scost_ts"}) {
    expect_both_refused(small_dataset_with(name, std::vector<double>(39, 1.0)),
                        {name, "39 values", "as many as metric_"});
  }
}

TEST_F(FaultDataset, EmptySplitsAreRefused) {
  NamedArrays arrays = small_dataset();
  for (size_t i = 3; i < 6; ++i) arrays[i].second.clear();
  expect_both_refused(arrays, {"metric_ts", "no values"});
}

TEST_F(FaultDataset, TrainingMetricsMustDiffer) {
  expect_both_refused(small_dataset_with("metric_tr", std::vector<double>(kTraining, 0.1)),
                      {"metric_tr", "0.1 in all places", "two different"});
}

TEST_F(FaultDataset, FiniteValuesWhoseDerivedValuesAreNotAreRefused) {
  std::vector<double> huge(kTraining, 1e308);
  huge[0] = -1e308;
  expect_both_refused(small_dataset_with("metric_tr", huge), {"metric_tr", "standard deviation"});
  expect_both_refused(small_dataset_with("wcost_tr", huge), {"wcost_tr", "finite"});
  expect_both_refused(small_dataset_with("metric_ts", std::vector<double>(40, 1e300)),
                      {"metric_ts", "single precision"});
}

TEST_F(FaultDataset, MissingArraysAreRefusedWithWhatIsThereAndTheNearestName) {
  NamedArrays arrays = small_dataset();
  arrays[0].first = "metric_train";
  expect_both_refused(arrays, {": metric_tr: found nothing", "holds", "wcost_tr", "scost_ts",
                               "did you mean \"metric_train\"?"});
  write_npz(path("a.npz"), {{"README", "no arrays at all"}});
  expect_refused(path("a.npz"), {"metric_tr", "README"});
}

TEST_F(FaultDataset, ArraysMustHaveOneDimension) {
  const std::string content = bytes_of<double>(small_dataset()[0].second);
  expect_npz_refused("metric_tr", npy("<f8", "(6, 10)", content), {"metric_tr", "2 dimensions"});
  expect_npz_refused("metric_tr", npy("<f8", "()", content.substr(0, 8)),
                     {"metric_tr", "0 dimensions"});
}

TEST_F(FaultDataset, PickledAndOtherTypesAreRefusedByName) {
  expect_npz_refused("wcost_tr", npy("|O", "(60,)", "\x80\x04]."),
                     {"wcost_tr", "pickled", "never read"});
  for (const std::string dtype : {"<c16", "<U3", "|S8", "<f16", "<M8[ns]", "V8", ""}) {
    expect_npz_refused("wcost_tr", npy(dtype, "(60,)", std::string(480, '\0')),
                       {"wcost_tr", "dtype " + dtype, "float64"});
  }
  std::string records = npy("<f8", "(60,)", std::string(480, '\0'));
  records.replace(records.find("'<f8'"), 5, "[('a'");
  expect_npz_refused("wcost_tr", records, {"wcost_tr", "structured"});
}

TEST_F(FaultDataset, DamagedNpyHeadersAreRefused) {
  const std::string content(480, '\0');
  const std::string good = npy("<f8", "(60,)", content);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = good;
    return changed.replace(changed.find(from), from.size(), to);
  };
  expect_npz_refused("metric_tr", with("NUMPY", "MUNPY"), {"metric_tr", "signature"});
  expect_npz_refused("metric_tr", npy("<f8", "(60,)", content, 4), {"metric_tr", "version 4.0"});
  expect_npz_refused("metric_tr", with("'shape'", "'shave'"), {"metric_tr", "shave"});
  expect_npz_refused("metric_tr", with("'fortran_order': False", "'shape': (60,)        "),
                     {"metric_tr", "one each of descr"});
  expect_npz_refused("metric_tr", with("(60,)", "(-6,)"), {"metric_tr", "shape"});
  expect_npz_refused("metric_tr", with("False", "Maybe"), {"metric_tr", "fortran_order"});
  expect_npz_refused("metric_tr", with("{", "("), {"metric_tr", "header"});
  expect_npz_refused("metric_tr", with("}", " "), {"metric_tr", "header"});
  expect_npz_refused("metric_tr", with("}", "}}"), {"metric_tr"});
  expect_npz_refused("metric_tr", "", {"metric_tr", "ends early"});
  expect_npz_refused("metric_tr", std::string("\x93NUMPY\1\0\xff\xff", 10), {"metric_tr"});
  expect_npz_refused("metric_tr", std::string("\x93NUMPY\2\0\xff\xff\xff\x7f", 12),
                     {"metric_tr", "2147483647 bytes", "65536"});
}

TEST_F(FaultDataset, ShapeAndContentMustAgreeBeforeMemoryIsTaken) {
  const std::string content = bytes_of<double>(small_dataset()[0].second);
  for (const std::string shape : {"(59,)", "(61,)", "(100000000,)"}) {
    expect_npz_refused("metric_tr", npy("<f8", shape, content), {"metric_tr", "header says"});
  }
  for (const std::string shape :
       {"(134217729,)", "(2305843009213693952,)", "(18446744073709551615,)"}) {
    expect_npz_refused("metric_tr", npy("<f8", shape, content), {"metric_tr", "at most 134217728"});
  }
  expect_npz_refused("metric_tr", npy("<f8", "(99999999999999999999,)", content),
                     {"metric_tr", "64 bits"});
}

TEST_F(FaultDataset, MoreThan64EntriesAreRefused) {
  NamedBytes entries = npy_entries(small_dataset());
  for (int i = 0; i < 59; ++i) entries.emplace_back("more" + std::to_string(i), "x");
  write_npz(path("a.npz"), entries);
  expect_refused(path("a.npz"), {"65 entries", "64"});
}

TEST_F(FaultDataset, TwoArraysOfOneNameAreRefused) {
  NamedBytes entries = npy_entries(small_dataset());
  entries.emplace_back("metric_tr", npy({1, 2}));
  write_npz(path("a.npz"), entries);
  expect_refused(path("a.npz"), {"metric_tr", "2 arrays"});
}

class FaultDamagedDataset : public FaultDataset {
 protected:
  /// Valid files of both formats, and a larger one of each so that truncation meets data as well as
  /// directories.
  std::vector<std::string> valid_files() const {
    write_npz(path("deflated.npz"), npy_entries(small_dataset()));
    write_npz(path("stored.npz"), npy_entries(small_dataset()), /*deflated=*/false);
    write_hdf5(path("packed.h5"), small_dataset());
    write_hdf5(path("plain.h5"), small_dataset(), /*packed=*/false);
    return {path("deflated.npz"), path("stored.npz"), path("packed.h5"), path("plain.h5")};
  }
};

TEST_F(FaultDamagedDataset, TruncatedAnywhereIsRefused) {
  for (const std::string& file : valid_files()) {
    SCOPED_TRACE(file);
    ASSERT_TRUE(loads(file));
    const std::string whole = testing::read_bytes(file);
    for (size_t size = 0; size < whole.size(); size += 37) {
      write_bytes(path("cut"), whole.substr(0, size));
      expect_refused(path("cut"), {});
    }
    write_bytes(path("cut"), whole.substr(0, whole.size() - 1));
    expect_refused(path("cut"), {});
  }
}

TEST_F(FaultDamagedDataset, TruncatedPublishedFilesAreRefused) {
  const std::string base = testing::source_dir() + "/experiments/datasets/imagenet_top5";
  for (const std::string& file : {base + ".npz", base + ".h5"}) {
    SCOPED_TRACE(file);
    const std::string whole = testing::read_bytes(file);
    for (size_t size = 0; size < whole.size(); size += 997) {
      write_bytes(path("cut"), whole.substr(0, size));
      expect_refused(path("cut"), {});
    }
  }
}

// A changed byte may be in a gap between structures or change a number to another: then the file
// still loads.
TEST_F(FaultDamagedDataset, FlippedBytesAreRefusedOrHarmless) {
  constexpr int kTrials = 400;
  std::minstd_rand generator(11);
  for (const std::string& file : valid_files()) {
    SCOPED_TRACE(file);
    const std::string whole = testing::read_bytes(file);
    int refused = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
      const size_t position = generator() % whole.size();
      const char mask = static_cast<char>(1 + generator() % 255);
      SCOPED_TRACE(::testing::Message() << "byte " << position << " xor " << int{mask});
      std::string changed = whole;
      changed[position] = static_cast<char>(changed[position] ^ mask);
      write_bytes(path("changed"), changed);
      EXPECT_NO_THROW(refused += loads(path("changed")) ? 0 : 1);
    }
    EXPECT_GT(refused, 0);
  }
}

// Zip has checksums of every array, so a changed number does not pass.
TEST_F(FaultDamagedDataset, ChangedNumbersInNpzAreRefused) {
  write_npz(path("a.npz"), npy_entries(small_dataset()), /*deflated=*/false);
  std::string bytes = testing::read_bytes(path("a.npz"));
  const size_t header_end = bytes.find('\n', bytes.find("descr"));
  bytes[header_end + 100] = static_cast<char>(bytes[header_end + 100] ^ 1);
  write_bytes(path("a.npz"), bytes);
  expect_refused(path("a.npz"), {"metric_tr", "CRC"});
}

}  // namespace
}  // namespace edgesweep
