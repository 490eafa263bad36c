// Small files that unpack to much more than they declare, or declare much more than there is.
#include <gtest/gtest.h>
#include <hdf5.h>
#include <zlib.h>

#include <algorithm>

#include "host/data/classifier_pair.h"
#include "host/data/dataset.h"
#include "host/error.h"
#include "host/hdf5/hdf5_handle.h"
#include "tests/support/classifier_files.h"
#include "tests/support/dataset_files.h"
#include "tests/support/peak_memory.h"

namespace edgesweep {
namespace {

using testing::NamedArrays;
using testing::NamedBytes;
using testing::npy;
using testing::npy_entries;
using testing::replaced;
using testing::small_dataset;
using testing::TemporaryFolder;
using testing::write_bytes;
using testing::write_hdf5;
using testing::write_npz;

constexpr size_t kMebibyte = size_t{1} << 20;

/// The refusal's message, or "" with a failure if the file was accepted.
std::string refusal(const std::string& path) {
  try {
    load_dataset(path);
    ADD_FAILURE() << path << " was accepted";
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

void expect_part(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find(part), std::string::npos) << "no \"" << part << "\" in " << message;
}

/// Sets the unpacked size that the first entry of an archive declares, in both of its headers.
std::string with_declared_size(std::string archive, uint32_t size) {
  const auto put = [&](size_t at) {
    for (size_t i = 0; i < 4; ++i) archive[at + i] = static_cast<char>(size >> 8 * i);
  };
  put(archive.find("PK\x03\x04") + 22);
  put(archive.find("PK\x01\x02") + 24);
  return archive;
}

class FaultBomb : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.file(name); }
  TemporaryFolder folder_;
};

TEST_F(FaultBomb, EntryThatUnpacksToMoreThanItsShape) {
  const std::string array = npy("<f8", "(60,)", std::string(32 * kMebibyte, '\0'));
  write_npz(path("a.npz"), replaced(npy_entries(small_dataset()), "metric_tr", array));
  ASSERT_LT(testing::read_bytes(path("a.npz")).size(), kMebibyte);
  const std::string message = refusal(path("a.npz"));
  expect_part(message, "metric_tr");
  expect_part(message, "header says");
}

TEST_F(FaultBomb, EntryThatUnpacksToMoreThanItDeclares) {
  const std::string honest = npy("<f8", "(60,)", std::string(480, '\0'));
  const std::string array = honest + std::string(32 * kMebibyte, '\0');
  write_npz(path("a.npz"), replaced(npy_entries(small_dataset()), "metric_tr", array));
  write_bytes(path("a.npz"), with_declared_size(testing::read_bytes(path("a.npz")),
                                                static_cast<uint32_t>(honest.size())));
  expect_part(refusal(path("a.npz")), "metric_tr");
}

TEST_F(FaultBomb, EntryThatDeclaresMoreThanItUnpacksTo) {
  const std::string array = npy("<f8", "(100000000,)", std::string(480, '\0'));
  const size_t declared = array.size() - 480 + 800'000'000;
  write_npz(path("a.npz"), replaced(npy_entries(small_dataset()), "metric_tr", array));
  write_bytes(path("a.npz"), with_declared_size(testing::read_bytes(path("a.npz")),
                                                static_cast<uint32_t>(declared)));
  expect_part(refusal(path("a.npz")), "metric_tr");
}

TEST_F(FaultBomb, EntryThatDeclaresMoreThanIsAllowed) {
  write_npz(path("a.npz"), npy_entries(small_dataset()));
  write_bytes(path("a.npz"), with_declared_size(testing::read_bytes(path("a.npz")), 0xfffffff0u));
  const std::string message = refusal(path("a.npz"));
  expect_part(message, "metric_tr");
  expect_part(message, "4294967280 bytes");
}

/// An archive whose entry holds other bytes than its checksum says: whoever unpacks it notices.
std::string with_damaged_content(std::string archive, const std::string& name) {
  const size_t header = archive.find(name + ".npy");
  const size_t data = archive.find("NUMPY", header);
  archive[data + 200] = static_cast<char>(archive[data + 200] ^ 1);
  return archive;
}

TEST_F(FaultBomb, LengthsAreComparedBeforeAnythingIsUnpacked) {
  for (const std::string longer : {"wcost_tr", "scost_ts"}) {
    const auto arrays = testing::small_dataset_with(longer, std::vector<double>(61, 1));
    write_npz(path("a.npz"), npy_entries(arrays), /*deflated=*/false);
    write_bytes(path("a.npz"),
                with_damaged_content(testing::read_bytes(path("a.npz")), "metric_tr"));
    const std::string message = refusal(path("a.npz"));
    expect_part(message, longer + ": found 61 values");
    expect_part(message, "as many as metric_t");
  }
}

TEST_F(FaultBomb, MoreImagesThanASweepCanUseTakeNoMemory) {
  constexpr size_t kCount = 32 * kMebibyte;
  NamedBytes entries;
  for (const auto& [name, values] : small_dataset())
    entries.emplace_back(name + ".npy", npy("|b1", "(33554432,)", std::string(kCount, '\1')));
  write_npz(path("a.npz"), entries);
  if (!testing::reset_peak_memory()) GTEST_SKIP() << "the kernel lets no peak be measured";
  const int64_t before = testing::peak_memory();
  ASSERT_GT(before, 0);
  const std::string message = refusal(path("a.npz"));
  expect_part(message, "metric_tr: found 33554432 values");
  expect_part(message, "at most 2097152, one for each image");
  EXPECT_LT(testing::peak_memory() - before, int64_t{64 * kMebibyte});
}

TEST_F(FaultBomb, LogitsThatShrinkAsNoLogitsDoTakeNoMemory) {
  const std::string zeros(64 * kMebibyte, '\0');
  write_npz(path("a.npz"), {{"weak_logits.npy", npy("|b1", "(33554432, 2)", zeros)}});
  if (!testing::reset_peak_memory()) GTEST_SKIP() << "the kernel lets no peak be measured";
  const int64_t before = testing::peak_memory();
  try {
    read_classifier_pair(path("a.npz"), {Cost::top1});
    ADD_FAILURE() << "accepted";
  } catch (const InputError& error) {
    expect_part(error.what(), "weak_logits: found 67108864 numbers in ");
    expect_part(error.what(), "at least 2097152 bytes for so many");
  }
  EXPECT_LT(testing::peak_memory() - before, int64_t{64 * kMebibyte});
}

TEST_F(FaultBomb, LabelsMoreThanImagesAreNotUnpacked) {
  testing::PairArrays arrays = testing::small_pair(90, 7);
  NamedBytes entries =
      npy_entries(testing::pair_with(arrays, "label", std::vector<double>(91, 1)).vectors);
  const auto& logits = arrays.matrices[0].second.values;
  entries.emplace_back("weak_logits.npy", npy("<f8", "(90, 7)", testing::bytes_of<double>(logits)));
  write_npz(path("a.npz"), entries, /*deflated=*/false);
  write_bytes(path("a.npz"), with_damaged_content(testing::read_bytes(path("a.npz")), "label"));
  try {
    read_classifier_pair(path("a.npz"), {Cost::top1});
    ADD_FAILURE() << "accepted";
  } catch (const InputError& error) {
    expect_part(error.what(), "label: found 91 values; allowed: one for each of the 90 images");
  }
}

/// count zero bytes, packed as gzip packs an HDF5 chunk.
std::string packed_zeros(size_t count) {
  const std::string zeros(std::min(count, kMebibyte), '\0');
  z_stream stream = {};
  EXPECT_EQ(deflateInit(&stream, 6), Z_OK);
  std::string packed(count / 64 + 1024, '\0');  // zeros shrink to a thousandth
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  for (size_t done = 0; done < count; done += zeros.size()) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
    stream.avail_in = static_cast<uInt>(zeros.size());
    const bool last = done + zeros.size() >= count;
    EXPECT_EQ(deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH), last ? Z_STREAM_END : Z_OK);
  }
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// A dataset file whose metric_tr, of 60 numbers in chunks of chunk_values, has `content` as its
/// one chunk's bytes.
void write_forged(const std::string& path, hsize_t chunk_values, const std::string& content) {
  NamedArrays arrays = small_dataset();
  arrays.erase(arrays.begin());
  write_hdf5(path, arrays);
  const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, path);
  const hsize_t count = 60;
  const hsize_t unlimited = H5S_UNLIMITED;
  const Hdf5Handle space(H5Screate_simple(1, &count, &unlimited), H5Sclose, "space");
  const Hdf5Handle plan(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "plan");
  hdf5_check(H5Pset_chunk(plan.get(), 1, &chunk_values), "chunk");
  hdf5_check(H5Pset_deflate(plan.get(), 9), "gzip");
  const Hdf5Handle dataset(H5Dcreate2(file.get(), "metric_tr", H5T_IEEE_F64LE, space.get(),
                                      H5P_DEFAULT, plan.get(), H5P_DEFAULT),
                           H5Dclose, "metric_tr");
  const hsize_t corner = 0;
  hdf5_check(H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 0, &corner, content.size(), content.data()),
             "chunk");
}

TEST_F(FaultBomb, Hdf5ChunkThatUnpacksToMoreThanAChunkTakesNoMemory) {
  constexpr size_t kUnpacked = 256 * kMebibyte;
  write_forged(path("a.h5"), kMebibyte, packed_zeros(kUnpacked));
  if (!testing::reset_peak_memory())
    GTEST_SKIP() << "the kernel does not let peak memory be measured";
  const int64_t before = testing::peak_memory();
  ASSERT_GT(before, 0);
  const std::string message = refusal(path("a.h5"));
  expect_part(message, "metric_tr");
  expect_part(message, "does not unpack to 8388608 bytes");
  // A quarter of what it unpacks to: the rest is room for the allocator, and for the sanitizers'
  // own.
  EXPECT_LT(testing::peak_memory() - before, int64_t{kUnpacked / 4});
}

TEST_F(FaultBomb, Hdf5ChunkThatUnpacksToLessThanAChunk) {
  write_forged(path("a.h5"), 64, packed_zeros(8));
  expect_part(refusal(path("a.h5")), "does not unpack to 512 bytes");
}

TEST_F(FaultBomb, Hdf5ChunkWithMoreBytesThanItHolds) {
  write_forged(path("a.h5"), 64, packed_zeros(16 * kMebibyte));
  expect_part(refusal(path("a.h5")), "more than it holds");
}

TEST_F(FaultBomb, Hdf5ShapeWithoutStorage) {
  for (const hsize_t count : {hsize_t{60}, hsize_t{100'000'000}, hsize_t{1} << 40}) {
    NamedArrays arrays = small_dataset();
    arrays.erase(arrays.begin());
    write_hdf5(path("a.h5"), arrays);
    const Hdf5Handle file(H5Fopen(path("a.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose,
                          "file");
    const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose, "space");
    Hdf5Handle dataset(H5Dcreate2(file.get(), "metric_tr", H5T_IEEE_F64LE, space.get(), H5P_DEFAULT,
                                  H5P_DEFAULT, H5P_DEFAULT),
                       H5Dclose, "metric_tr");
    dataset.close("metric_tr");
    hdf5_check(H5Fflush(file.get(), H5F_SCOPE_GLOBAL), "file");
    expect_part(refusal(path("a.h5")),
                count > 60 ? "at most 2097152" : "0 stored bytes instead of");
  }
}

}  // namespace
}  // namespace edgesweep
