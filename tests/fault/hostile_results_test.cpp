// Results and checkpoints that say what they do not hold: links, sizes, settings, weights.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "host/error.h"
#include "host/hdf5/hdf5_table.h"
#include "host/results/checkpoint.h"
#include "host/results/results_file.h"
#include "host/results/sealed_bytes.h"
#include "host/results/stored_network.h"
#include "host/sha256.h"
#include "tests/support/hdf5_files.h"
#include "tests/support/sample_results.h"

namespace edgesweep {
namespace {

using testing::sample_sweep;
using testing::write_bytes;

class FaultHostileResults : public ::testing::Test {
 protected:
  FaultHostileResults() { write_results(path_, sample_sweep()); }

  void change(const std::function<void(hid_t file)>& change) {
    Hdf5Handle file(H5Fopen(path_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, path_);
    change(file.get());
    file.close(path_);
  }
  void remove_and(const char* name, const std::function<void(hid_t file)>& then) {
    change([&](hid_t file) {
      hdf5_check(H5Ldelete(file, name, H5P_DEFAULT), name);
      then(file);
    });
  }
  /// The message without the file's name.
  std::string refusal() const {
    try {
      read_results(path_);
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.rfind(path_ + ": ", 0), 0u) << message;
      return message.substr(path_.size() + 2);
    }
    return "accepted";
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.file("a.h5");
};

TEST_F(FaultHostileResults, LinksAreNotFollowed) {
  ASSERT_EQ(mkfifo(folder_.file("pipe").c_str(), 0600), 0);
  remove_and("curves", [&](hid_t file) {
    hdf5_check(H5Lcreate_external(folder_.file("pipe").c_str(), "/curves", file, "curves",
                                  H5P_DEFAULT, H5P_DEFAULT),
               "link");
  });
  EXPECT_EQ(refusal(), "/curves: found a link; allowed: content that lies in the file itself");
  remove_and("curves", [&](hid_t file) {
    hdf5_check(H5Lcreate_soft("/policies", file, "curves", H5P_DEFAULT, H5P_DEFAULT), "link");
  });
  EXPECT_EQ(refusal(), "/curves: found a link; allowed: content that lies in the file itself");
}

TEST_F(FaultHostileResults, LinksInsideOfGroupsAreNotFollowed) {
  remove_and("weights/00000000000a/last", [&](hid_t file) {
    hdf5_check(H5Lcreate_soft("/weights/00000000000b/last", file, "weights/00000000000a/last",
                              H5P_DEFAULT, H5P_DEFAULT),
               "link");
  });
  EXPECT_EQ(refusal(),
            "/weights/00000000000a/last: found a link; allowed: content that lies in the file "
            "itself");
}

/// Replaces a table by one of the same columns that declares `rows` rows and stores none of them.
void declare_rows(hid_t file, const char* name, hsize_t rows) {
  const Hdf5Handle table(H5Dopen2(file, name, H5P_DEFAULT), H5Dclose, name);
  const Hdf5Handle type(H5Dget_type(table.get()), H5Tclose, name);
  const Hdf5Handle plan(H5Dget_create_plist(table.get()), H5Pclose, name);
  const hsize_t chunk = std::min<hsize_t>(rows, 1000);
  hdf5_check(H5Pset_chunk(plan.get(), 1, &chunk), name);
  hdf5_check(H5Ldelete(file, name, H5P_DEFAULT), name);
  const Hdf5Handle space(H5Screate_simple(1, &rows, nullptr), H5Sclose, name);
  const Hdf5Handle declared(
      H5Dcreate2(file, name, type.get(), space.get(), H5P_DEFAULT, plan.get(), H5P_DEFAULT),
      H5Dclose, name);
}

TEST_F(FaultHostileResults, RowsThatTheFileCannotHoldTakeNoMemory) {
  change([](hid_t file) { declare_rows(file, "runs", 10'000'000); });
  const uint64_t size = std::filesystem::file_size(path_);
  const std::string message = refusal();
  EXPECT_EQ(message.rfind("/runs: found ", 0), 0u) << message;
  const std::string end = " bytes of rows in a file of " + std::to_string(size) +
                          " bytes; allowed: at most " + std::to_string(1032 * size) +
                          " together, which is what a file of this size can hold packed";
  EXPECT_TRUE(message.ends_with(end)) << message;
}

TEST_F(FaultHostileResults, RowsThatAreNotStoredAreRefused) {
  change([](hid_t file) { declare_rows(file, "runs", 1000); });
  EXPECT_EQ(refusal(),
            "/runs: found no stored numbers in the chunk at [0]; allowed: a complete, undamaged "
            "dataset");
}

TEST_F(FaultHostileResults, ConfigsForMoreRunsThanThereAreAreRefusedBeforeTheyAreRead) {
  change([](hid_t file) { declare_rows(file, "configs", 7); });
  EXPECT_EQ(refusal(), "/configs: found 7 rows; allowed: at most 6");
}

TEST_F(FaultHostileResults, TextsLongerThanTheFileTakeNoMemory) {
  remove_and("experiments", [&](hid_t file) {
    const Hdf5Handle text = detail::fixed_text_type(size_t{1} << 30);
    Hdf5Handle row(H5Tcreate(H5T_COMPOUND, size_t{3} << 30), H5Tclose, "row");
    size_t offset = 0;
    for (const char* name : {"name", "description", "swept"}) {
      hdf5_check(H5Tinsert(row.get(), name, offset, text.get()), name);
      offset += size_t{1} << 30;
    }
    const hsize_t rows = 1;
    const Hdf5Handle space(H5Screate_simple(1, &rows, nullptr), H5Sclose, "space");
    const Hdf5Handle table(H5Dcreate2(file, "experiments", row.get(), space.get(), H5P_DEFAULT,
                                      H5P_DEFAULT, H5P_DEFAULT),
                           H5Dclose, "experiments");
  });
  EXPECT_EQ(refusal().rfind("/experiments: found 6442451040 bytes of rows in a file of ", 0), 0u)
      << refusal();
}

TEST_F(FaultHostileResults, DamagedColumnsAreRefusedBeforeTheyAreConverted) {
  remove_and("searches", [](hid_t file) {
    Hdf5Handle number(H5Tcopy(H5T_STD_I64LE), H5Tclose, "number");
    hdf5_check(H5Tset_precision(number.get(), 17), "number");
    Hdf5Handle row(H5Tcreate(H5T_COMPOUND, 16), H5Tclose, "row");
    hdf5_check(H5Tinsert(row.get(), "rate", 0, H5T_IEEE_F64LE), "row");
    hdf5_check(H5Tinsert(row.get(), "depth", 8, number.get()), "row");
    const char zeros[16] = {};
    testing::add_dataset(file, "searches", row.get(), {1}, row.get(), zeros);
  });
  EXPECT_EQ(refusal(),
            "/searches: found integers of 8 bytes of an unknown layout (17 bits from bit 0) in "
            "column 2; allowed: numbers and texts of fixed length");
}

TEST_F(FaultHostileResults, GroupsAndDatasetsAreNotTakenForEachOther) {
  remove_and("curves", [](hid_t file) { create_group(file, "curves"); });
  EXPECT_EQ(refusal(), "/curves: found a group or named type; allowed: a dataset");
  remove_and("weights", [](hid_t file) { testing::add_doubles(file, "weights", {1}, {1}); });
  remove_and("curves", [](hid_t) {});
  EXPECT_EQ(refusal(), "/curves: found nothing; allowed: a dataset");
}

TEST_F(FaultHostileResults, BrokenConfigsAreRefusedWithTheirRun) {
  StoredSweep sweep = sample_sweep();
  sweep.runs[2].config = RunConfig("{\"depth\":4,", sweep.runs[2].config.columns());
  write_results(path_, sweep);
  EXPECT_EQ(refusal(),
            "/configs/config of run 00000000000c: found no JSON object; allowed: the settings of "
            "a run as edgesweep run stores it");
  sweep = sample_sweep();
  sweep.resolved_json = "[]";
  write_results(path_, sweep);
  EXPECT_EQ(refusal(),
            "attribute /config: found no JSON object; allowed: the config of a sweep as edgesweep "
            "run stores it");
}

TEST_F(FaultHostileResults, OtherSettingsThanThoseOfARunAreRefusedWhereTheyAreUsed) {
  StoredRun run = sample_sweep().runs[0];
  const auto message = [&] {
    try {
      stored_settings(run, "a.h5", "");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message(),
            "a.h5: /configs/config of run 00000000000a: found what cannot be read as settings "
            "([json.exception.out_of_range.403] key 'rate' not found); allowed: the settings of a "
            "run as edgesweep run stores them");
  run.config = RunConfig(R"({"dataset":"d.npz","rate":"fast"})", run.config.columns());
  EXPECT_NE(message().find("type must be number, but is string"), std::string::npos) << message();
}

TEST_F(FaultHostileResults, TracesOfAnotherLengthThanTheirShapeAreRefused) {
  remove_and("traces/00000000000b/gap", [](hid_t file) {
    const std::vector<int32_t> gaps(5, 1);
    write_array(file, "traces/00000000000b/gap", {5}, gaps, Storage::plain);
  });
  EXPECT_EQ(refusal(), "/traces/00000000000b/gap: found 5 values; allowed: 6, as the index has");
}

TEST_F(FaultHostileResults, AUserBlockOfAMebibyteIsSkipped) {
  write_bytes(path_, std::string(size_t{1} << 20, '\0') + testing::read_bytes(path_));
  const std::optional<StoredSweep> read = read_results(path_);
  ASSERT_TRUE(read.has_value());
  testing::expect_same(sample_sweep(), *read);
}

TEST_F(FaultHostileResults, WhatANewerHdf5WroteIsNotCalledDamaged) {
  std::string bytes = testing::read_bytes(path_);
  bytes[8] = 9;  // version of the superblock
  write_bytes(path_, bytes);
  EXPECT_EQ(refusal().rfind("found content of a newer HDF5 than ", 0), 0u) << refusal();
}

TEST_F(FaultHostileResults, CheckpointsFollowNoLinksEither) {
  const CheckpointOwner owner{"0123456789ab", std::string(64, 'c')};
  TrainingState state;
  state.weights = state.adam_mean = state.adam_square = {1, 2, 3};
  write_checkpoint(folder_.path(), owner, state);
  const std::string path = folder_.file("0123456789ab.checkpoint.h5");
  {
    const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, path);
    hdf5_check(H5Ldelete(file.get(), "weights", H5P_DEFAULT), "weights");
    hdf5_check(H5Lcreate_soft("/adam_mean", file.get(), "weights", H5P_DEFAULT, H5P_DEFAULT),
               "link");
  }
  std::string bytes = testing::read_bytes(path);
  const std::string lines = bytes.substr(0, bytes.find("sha256 ") + 7);
  const std::string seal = sha256_hex(bytes.data() + kSealBytes, bytes.size() - kSealBytes);
  write_bytes(path, bytes.replace(0, lines.size() + seal.size(), lines + seal));
  try {
    read_checkpoint(folder_.path(), owner, {3, 10});
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_EQ(error.what(),
              path +
                  ": found damaged content (/weights: found a link; allowed: content that lies "
                  "in the file itself); allowed: this run's checkpoint, whole; deleting the "
                  "file makes the run start from the beginning");
  }
}

}  // namespace
}  // namespace edgesweep
