#include "host/data/dataset.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>

#include "host/data/npy.h"
#include "host/error.h"
#include "tests/support/dataset_files.h"
#include "tests/support/paths.h"

namespace edgesweep {
namespace {

using testing::bytes_of;
using testing::npy;
using testing::npy_entries;
using testing::replaced;
using testing::small_dataset;
using testing::TemporaryFolder;
using testing::write_hdf5;
using testing::write_npz;

void expect_same_images(const ImageSet& found, const ImageSet& expected) {
  EXPECT_EQ(found.raw_metric, expected.raw_metric);
  EXPECT_EQ(found.metric, expected.metric);
  EXPECT_EQ(found.metric_single, expected.metric_single);
  EXPECT_EQ(found.weak_cost, expected.weak_cost);
  EXPECT_EQ(found.strong_cost, expected.strong_cost);
  EXPECT_EQ(found.reward, expected.reward);
  EXPECT_EQ(found.mean_weak_cost, expected.mean_weak_cost);
  EXPECT_EQ(found.mean_strong_cost, expected.mean_strong_cost);
}

void expect_same(const Dataset& found, const Dataset& expected) {
  EXPECT_EQ(found.metric_mean, expected.metric_mean);
  EXPECT_EQ(found.metric_sd, expected.metric_sd);
  expect_same_images(found.training, expected.training);
  expect_same_images(found.test, expected.test);
}

Dataset from_arrays(const testing::NamedArrays& arrays) {
  return make_dataset(arrays[0].second, arrays[1].second, arrays[2].second, arrays[3].second,
                      arrays[4].second, arrays[5].second);
}

TEST(Dataset, NormalisesWithTheTrainingMeanAndPopulationSd) {
  // Mean 3, population variance ((-2)^2 + 0 + 2^2 + 0) / 4 = 2.
  const Dataset dataset =
      make_dataset({1, 3, 5, 3}, {1, 1, 0, 0}, {0, 0, 0, 0}, {7, -1}, {1, 0}, {0, 0});
  EXPECT_EQ(dataset.metric_mean, 3.0);
  EXPECT_EQ(dataset.metric_sd, std::sqrt(2.0));
  EXPECT_EQ(dataset.training.metric.front(), -2 / std::sqrt(2.0));
  EXPECT_EQ(dataset.test.metric, (std::vector<double>{-4 / std::sqrt(2.0), 4 / std::sqrt(2.0)}));
  EXPECT_EQ(dataset.test.metric_single[0], static_cast<float>(-4 / std::sqrt(2.0)));
}

TEST(Dataset, SortsByAscendingMetricAndKeepsTheOrderOfEqualOnes) {
  const Dataset dataset = make_dataset({2, 1, 2, 1}, {10, 11, 12, 13}, {1, 2, 3, 5}, {5, 4, 5},
                                       {20, 21, 22}, {0, 0, 0});
  EXPECT_EQ(dataset.training.raw_metric, (std::vector<double>{1, 1, 2, 2}));
  EXPECT_EQ(dataset.training.weak_cost, (std::vector<double>{11, 13, 10, 12}));
  EXPECT_EQ(dataset.training.strong_cost, (std::vector<double>{2, 5, 1, 3}));
  EXPECT_EQ(dataset.training.reward, (std::vector<double>{9, 8, 9, 9}));
  EXPECT_EQ(dataset.test.weak_cost, (std::vector<double>{21, 20, 22}));
}

TEST(Dataset, KeepsTheOrderOfManyEqualMetrics) {
  // Long enough for a sort that is stable only on short arrays to show; the cost is the position in
  // the file.
  constexpr size_t kCount = 1000;
  std::vector<double> metric(kCount), position(kCount);
  for (size_t i = 0; i < kCount; ++i) {
    metric[i] = static_cast<double>(i % 3);
    position[i] = static_cast<double>(i);
  }
  const std::vector<double> zero(kCount, 0.0);
  const ImageSet images = make_dataset(metric, position, zero, metric, position, zero).training;
  for (size_t i = 1; i < kCount; ++i) {
    if (images.raw_metric[i - 1] != images.raw_metric[i]) continue;
    EXPECT_LT(images.weak_cost[i - 1], images.weak_cost[i]) << "rank " << i;
  }
}

TEST(Dataset, MeanCostsAreOverAllImagesOfTheSplit) {
  const Dataset dataset =
      make_dataset({2, 1, 3, 4}, {1, 0, 1, 1}, {0, 0, 1, 0}, {1, 2}, {1, 0}, {0, 0.5});
  EXPECT_EQ(dataset.training.mean_weak_cost, 0.75);
  EXPECT_EQ(dataset.training.mean_strong_cost, 0.25);
  EXPECT_EQ(dataset.test.mean_weak_cost, 0.5);
  EXPECT_EQ(dataset.test.mean_strong_cost, 0.25);
}

TEST(Dataset, CostsMayBeAnyFiniteNumbers) {
  const Dataset dataset = make_dataset({1, 2}, {-3.5, 1e9}, {4, -2}, {1}, {0.25}, {8});
  EXPECT_EQ(dataset.training.reward, (std::vector<double>{-7.5, 1e9 + 2}));
  EXPECT_EQ(dataset.test.reward, (std::vector<double>{-7.75}));
}

class DatasetFile : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.file(name); }
  TemporaryFolder folder_;
  Dataset expected_ = from_arrays(small_dataset());
};

TEST_F(DatasetFile, ReadsNpzStoredAndDeflated) {
  for (const bool deflated : {false, true}) {
    write_npz(path("a.npz"), npy_entries(small_dataset()), deflated);
    const auto dataset = load_dataset(path("a.npz"));
    expect_same(*dataset, expected_);
    EXPECT_EQ(dataset->path, path("a.npz"));
  }
}

TEST_F(DatasetFile, ReadsHdf5ContiguousAndPacked) {
  for (const bool packed : {false, true}) {
    write_hdf5(path("a.h5"), small_dataset(), packed);
    expect_same(*load_dataset(path("a.h5")), expected_);
  }
}

TEST_F(DatasetFile, KnowsTheFormatByContentNotByName) {
  write_npz(path("a.h5"), npy_entries(small_dataset()));
  write_hdf5(path("a.npz"), small_dataset());
  expect_same(*load_dataset(path("a.h5")), expected_);
  expect_same(*load_dataset(path("a.npz")), expected_);
}

TEST_F(DatasetFile, ReadsEveryNpyVersion) {
  for (const int version : {1, 2, 3}) {
    const std::string content = bytes_of<double>(small_dataset()[0].second);
    write_npz(path("a.npz"), replaced(npy_entries(small_dataset()), "metric_tr",
                                      npy("<f8", "(60,)", content, version)));
    expect_same(*load_dataset(path("a.npz")), expected_);
  }
}

TEST_F(DatasetFile, FortranOrderOfOneDimensionIsTheSame) {
  testing::NamedBytes entries = npy_entries(small_dataset());
  std::string& array = entries[0].second;
  array.replace(array.find("False, "), 7, "True,  ");
  write_npz(path("a.npz"), entries);
  expect_same(*load_dataset(path("a.npz")), expected_);
}

TEST_F(DatasetFile, AColumnAndARowAreVectors) {
  const std::string content = bytes_of<double>(small_dataset()[0].second);
  for (const std::string shape : {"(60, 1)", "(1, 60)"}) {
    write_npz(path("a.npz"),
              replaced(npy_entries(small_dataset()), "metric_tr", npy("<f8", shape, content)));
    expect_same(*load_dataset(path("a.npz")), expected_);
  }
}

TEST_F(DatasetFile, OtherArraysAreIgnored) {
  testing::NamedBytes entries = npy_entries(small_dataset());
  entries.emplace_back("note.npy", npy("|O", "(1,)", "never read"));
  write_npz(path("a.npz"), entries);
  expect_same(*load_dataset(path("a.npz")), expected_);
}

std::string reversed_items(std::string bytes, size_t item) {
  for (size_t i = 0; i < bytes.size(); i += item) {
    std::reverse(bytes.begin() + static_cast<long>(i), bytes.begin() + static_cast<long>(i + item));
  }
  return bytes;
}

struct StoredType {
  std::string dtype;
  std::string content;
  hid_t hdf5;
};

// Values that every type below holds exactly, but for the sign and booleans.
std::vector<StoredType> stored_types(const std::vector<double>& values) {
  const std::string f8 = bytes_of<double>(values), f4 = bytes_of<float>(values),
                    i2 = bytes_of<int16_t>(values), i4 = bytes_of<int32_t>(values),
                    i8 = bytes_of<int64_t>(values);
  return {{"<f8", f8, H5T_IEEE_F64LE},
          {">f8", reversed_items(f8, 8), H5T_IEEE_F64BE},
          {"<f4", f4, H5T_IEEE_F32LE},
          {">f4", reversed_items(f4, 4), H5T_IEEE_F32BE},
          {"<i2", i2, H5T_STD_I16LE},
          {">i2", reversed_items(i2, 2), H5T_STD_I16BE},
          {"<i4", i4, H5T_STD_I32LE},
          {">i4", reversed_items(i4, 4), H5T_STD_I32BE},
          {"<i8", i8, H5T_STD_I64LE},
          {">i8", reversed_items(i8, 8), H5T_STD_I64BE},
          {"|i1", bytes_of<int8_t>(values), H5T_STD_I8LE}};
}

void write_hdf5_as(const std::string& path, const testing::NamedArrays& arrays, hid_t type) {
  write_hdf5(path, {arrays.begin() + 1, arrays.end()});
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hsize_t count = arrays[0].second.size();
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t dataset =
      H5Dcreate2(file, arrays[0].first.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(
      H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, arrays[0].second.data()),
      0);
  ASSERT_GE(H5Dclose(dataset), 0);
  ASSERT_GE(H5Sclose(space), 0);
  ASSERT_GE(H5Fclose(file), 0);
}

TEST_F(DatasetFile, ConvertsEveryNumberTypeToTheSameDoubles) {
  std::vector<double> values(60);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * 37 % 101) - 50;
  const testing::NamedArrays arrays = testing::small_dataset_with("metric_tr", values);
  const Dataset expected = from_arrays(arrays);
  for (const StoredType& type : stored_types(values)) {
    SCOPED_TRACE(type.dtype);
    write_npz(path("a.npz"),
              replaced(npy_entries(arrays), "metric_tr", npy(type.dtype, "(60,)", type.content)));
    expect_same(*load_dataset(path("a.npz")), expected);
    write_hdf5_as(path("a.h5"), arrays, type.hdf5);
    expect_same(*load_dataset(path("a.h5")), expected);
  }
}

// Logits are often stored so. Bits from the definition: sign, 5 bits of exponent, 10 of mantissa.
TEST_F(DatasetFile, HalfPrecisionIsConvertedExactly) {
  const std::vector<std::pair<uint16_t, double>> halves = {
      {0x3c00, 1.0},     {0xc000, -2.0},           {0x7bff, 65504.0},
      {0x0001, 0x1p-24}, {0x3555, 0.333251953125}, {0x0000, 0.0},
      {0x0400, 0x1p-14}, {0x83ff, -0x1.ff8p-15}};
  std::vector<unsigned char> stored;
  for (const auto& [bits, value] : halves) {
    stored.push_back(static_cast<unsigned char>(bits & 255));
    stored.push_back(static_cast<unsigned char>(bits >> 8));
  }
  std::vector<double> values(halves.size());
  npy_to_double({'f', 2, false}, stored.data(), halves.size(), values.data());
  for (size_t i = 0; i < halves.size(); ++i) EXPECT_EQ(values[i], halves[i].second) << i;
  const unsigned char beyond[] = {0x00, 0x7c, 0x01, 0x7e};
  npy_to_double({'f', 2, false}, beyond, 2, values.data());
  EXPECT_TRUE(std::isinf(values[0]));
  EXPECT_TRUE(std::isnan(values[1]));
}

TEST_F(DatasetFile, UnsignedAndBooleanArraysKeepTheirRange) {
  std::vector<double> values(60, 3);
  values[0] = 255;
  write_npz(path("a.npz"), replaced(npy_entries(small_dataset()), "wcost_tr",
                                    npy("|u1", "(60,)", bytes_of<uint8_t>(values))));
  const auto bytes = load_dataset(path("a.npz"))->training.weak_cost;
  EXPECT_EQ(*std::max_element(bytes.begin(), bytes.end()), 255.0);
  write_npz(path("a.npz"), replaced(npy_entries(small_dataset()), "wcost_tr",
                                    npy("|b1", "(60,)", bytes_of<uint8_t>(values))));
  EXPECT_EQ(load_dataset(path("a.npz"))->training.weak_cost, std::vector<double>(60, 1.0));
}

// Numbers as its README and the publishing script state them, to the digits given there.
TEST(DatasetSurrogate, AgreesWithItsReadmeInBothFormats) {
  const std::string base = testing::source_dir() + "/experiments/datasets/imagenet_top5";
  const auto npz = load_dataset(base + ".npz");
  const auto hdf5 = load_dataset(base + ".h5");
  EXPECT_EQ(npz->sha256, "0eb1ca70601559bd3e68edd1a6e5132647f5a0fd24b18ddc04b4d6cd1b017914");
  EXPECT_EQ(hdf5->sha256, "609bd109a9101fb7120282f3752db3080dade6273cd6683c395d60c7bd48dcee");
  expect_same(*npz, *hdf5);
  EXPECT_EQ(npz->training.size(), 33333);
  EXPECT_EQ(npz->test.size(), 16667);
  constexpr double kSixDigits = 5.1e-7;
  EXPECT_NEAR(npz->metric_mean, 0.249987, kSixDigits);
  EXPECT_NEAR(npz->metric_sd, 0.197958, kSixDigits);
  EXPECT_NEAR(npz->training.raw_metric.front(), 0.002587, kSixDigits);
  EXPECT_NEAR(npz->test.raw_metric.back(), 0.667873, kSixDigits);
  EXPECT_NEAR(npz->training.mean_weak_cost, 0.300363, kSixDigits);
  EXPECT_NEAR(npz->training.mean_strong_cost, 0.050101, kSixDigits);
  EXPECT_NEAR(npz->test.mean_weak_cost, 0.299394, kSixDigits);
  EXPECT_NEAR(npz->test.mean_strong_cost, 0.049739, kSixDigits);
}

}  // namespace
}  // namespace edgesweep
