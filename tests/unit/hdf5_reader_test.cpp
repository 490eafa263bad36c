#include "host/hdf5/hdf5_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "host/error.h"
#include "tests/support/files.h"
#include "tests/support/hdf5_files.h"

namespace edgesweep {
namespace {

using testing::add_dataset;
using testing::add_doubles;
using testing::add_octave;
using testing::enumeration;
using testing::new_hdf5;

class Hdf5ReaderTest : public ::testing::Test {
 protected:
  void write(const std::function<void(hid_t file)>& fill, hsize_t user_block = 0) {
    Hdf5Handle file = new_hdf5(path_, user_block);
    fill(file.get());
    file.close(path_);
  }
  void write_doubles_as(hid_t stored, const std::vector<double>& values) {
    write([&](hid_t file) {
      add_dataset(file, "a", stored, {values.size()}, H5T_NATIVE_DOUBLE, values.data());
    });
  }
  void write_booleans(hid_t type, const std::vector<int8_t>& values) {
    write([&](hid_t file) { add_dataset(file, "a", type, {values.size()}, type, values.data()); });
  }
  Hdf5Array<double> read() const { return Hdf5Reader(path_, {"a"}).read_doubles("a", 1, 1000); }
  /// The message without the file's name.
  std::string refusal(const std::function<void()>& read) const {
    try {
      read();
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.rfind(path_ + ": ", 0), 0u) << message;
      return message.substr(path_.size() + 2);
    }
    return "accepted";
  }
  std::string refusal() const {
    return refusal([this] { read(); });
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.file("a.h5");
};

Hdf5Handle float_like(hid_t type, size_t bytes, size_t exponent, size_t exponent_bits,
                      size_t bias) {
  Hdf5Handle copy(H5Tcopy(type), H5Tclose, "type");
  hdf5_check(
      H5Tset_fields(copy.get(), exponent + exponent_bits, exponent, exponent_bits, 0, exponent),
      "type");
  hdf5_check(H5Tset_size(copy.get(), bytes), "type");
  hdf5_check(H5Tset_ebias(copy.get(), bias), "type");
  return copy;
}

TEST_F(Hdf5ReaderTest, EveryKnownNumberIsRead) {
  const Hdf5Handle half = float_like(H5T_IEEE_F32LE, 2, 10, 5, 15);
  const Hdf5Handle half_big = float_like(H5T_IEEE_F32BE, 2, 10, 5, 15);
  const Hdf5Handle bfloat16 = float_like(H5T_IEEE_F32LE, 2, 7, 8, 127);
  const std::vector<double> values = {0, 1, 2, 96, -3};
  for (const hid_t type :
       {H5T_STD_I8LE, H5T_STD_I16LE, H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_I8BE, H5T_STD_I16BE,
        H5T_STD_I32BE, H5T_STD_I64BE, H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE,
        H5T_IEEE_F64BE, H5T_NATIVE_LDOUBLE, half.get(), half_big.get(), bfloat16.get()}) {
    write_doubles_as(type, values);
    EXPECT_EQ(read().values, values);
  }
  for (const hid_t type : {H5T_STD_U8LE, H5T_STD_U16LE, H5T_STD_U32LE, H5T_STD_U64LE, H5T_STD_U8BE,
                           H5T_STD_U16BE, H5T_STD_U32BE, H5T_STD_U64BE}) {
    write_doubles_as(type, {0, 1, 200});
    EXPECT_EQ(read().values, (std::vector<double>{0, 1, 200}));
  }
}

TEST_F(Hdf5ReaderTest, DamagedDescriptionsOfNumbersAreRefusedBeforeTheyAreConverted) {
  const auto changed = [](hid_t type, const std::function<void(hid_t)>& change) {
    Hdf5Handle copy(H5Tcopy(type), H5Tclose, "type");
    change(copy.get());
    return copy;
  };
  const auto refusal_of = [&](const Hdf5Handle& type) {
    write_doubles_as(type.get(), {1, 2, 3});
    return refusal();
  };
  EXPECT_EQ(refusal_of(changed(H5T_STD_I32LE, [](hid_t t) { H5Tset_precision(t, 17); })),
            "a: found integers of 4 bytes of an unknown layout (17 bits from bit 0); "
            "allowed: integers, floats or booleans");
  EXPECT_EQ(refusal_of(changed(H5T_STD_I32LE,
                               [](hid_t t) {
                                 H5Tset_precision(t, 16);
                                 H5Tset_offset(t, 8);
                               })),
            "a: found integers of 4 bytes of an unknown layout (16 bits from bit 8); "
            "allowed: integers, floats or booleans");
  EXPECT_EQ(refusal_of(changed(H5T_STD_I32LE, [](hid_t t) { H5Tset_size(t, 5); })),
            "a: found integers of 5 bytes of an unknown layout (32 bits from bit 0); "
            "allowed: integers, floats or booleans");
  EXPECT_EQ(refusal_of(changed(H5T_IEEE_F64LE, [](hid_t t) { H5Tset_ebias(t, 1022); })),
            "a: found floats of 8 bytes of an unknown layout (sign at bit 63, 11 bits of exponent "
            "from bit 52, bias 1022, 52 bits of mantissa from bit 0); "
            "allowed: integers, floats or booleans");
  EXPECT_EQ(
      refusal_of(changed(H5T_IEEE_F32LE, [](hid_t t) { H5Tset_fields(t, 31, 24, 7, 0, 23); })),
      "a: found floats of 4 bytes of an unknown layout (sign at bit 31, 7 bits of exponent from "
      "bit 24, bias 127, 23 bits of mantissa from bit 0); allowed: integers, floats or booleans");
  EXPECT_EQ(refusal_of(changed(H5T_IEEE_F64LE, [](hid_t t) { H5Tset_norm(t, H5T_NORM_NONE); }))
                .substr(0, 50),
            "a: found floats of 8 bytes of an unknown layout (s");
}

TEST_F(Hdf5ReaderTest, IntegersOfADamagedDescriptionAreNotTakenForZeros) {
  Hdf5Handle type(H5Tcopy(H5T_STD_I32LE), H5Tclose, "type");
  ASSERT_GE(H5Tset_precision(type.get(), 3), 0);
  ASSERT_GE(H5Tset_offset(type.get(), 20), 0);
  const int32_t values[] = {1, 2, 3, 4};
  write([&](hid_t file) {
    add_dataset(file, "index", type.get(), {2, 2}, H5T_NATIVE_INT32, values);
  });
  EXPECT_EQ(refusal([this] { Hdf5Reader(path_, {"index"}).read_int32("index", 2, 100); }),
            "index: found integers of 4 bytes of an unknown layout (3 bits from bit 20); "
            "allowed: integers");
}

TEST_F(Hdf5ReaderTest, BooleansOfH5pyAndOfRAreReadAsZeroAndOne) {
  write_booleans(enumeration({{"FALSE", 0}, {"TRUE", 1}}).get(), {0, 1, 1, 0});
  EXPECT_EQ(read().values, (std::vector<double>{0, 1, 1, 0}));
  EXPECT_EQ(Hdf5Reader(path_, {"a"}).read_int32("a", 1, 1000).values,
            (std::vector<int32_t>{0, 1, 1, 0}));
  write_booleans(enumeration({{"FALSE", 0}, {"TRUE", 1}, {"NA", 2}}).get(), {0, 1, 1, 0});
  EXPECT_EQ(read().values, (std::vector<double>{0, 1, 1, 0}));
}

TEST_F(Hdf5ReaderTest, BooleansOfPyTablesAreReadAsZeroAndOne) {
  write_booleans(H5T_STD_B8LE, {0, 1, 1, 0});
  EXPECT_EQ(read().values, (std::vector<double>{0, 1, 1, 0}));
  write_booleans(H5T_STD_B8LE, {0, 3});
  EXPECT_EQ(refusal(), "a: found the boolean 3 at position 1; allowed: FALSE or TRUE for each");
}

TEST_F(Hdf5ReaderTest, BooleansOverLongerIntegersOfEitherByteOrderAreRead) {
  for (const hid_t base : {H5T_STD_I32LE, H5T_STD_I32BE, H5T_STD_U16BE}) {
    const Hdf5Handle type(H5Tenum_create(base), H5Tclose, "type");
    const Hdf5Handle given(H5Tenum_create(H5T_NATIVE_INT), H5Tclose, "given");
    for (int value : {0, 1}) {
      const char* name = value == 0 ? "FALSE" : "TRUE";
      int stored = value;
      hdf5_check(H5Tconvert(H5T_NATIVE_INT, base, 1, &stored, nullptr, H5P_DEFAULT), name);
      hdf5_check(H5Tenum_insert(type.get(), name, &stored), name);
      hdf5_check(H5Tenum_insert(given.get(), name, &value), name);
    }
    const int values[] = {1, 0, 1};
    write([&](hid_t file) { add_dataset(file, "a", type.get(), {3}, given.get(), values); });
    EXPECT_EQ(read().values, (std::vector<double>{1, 0, 1}));
  }
}

TEST_F(Hdf5ReaderTest, TheThirdBooleanIsRefusedByName) {
  write_booleans(enumeration({{"FALSE", 0}, {"TRUE", 1}, {"NA", 2}}).get(), {0, 1, 2, 0});
  EXPECT_EQ(refusal(), "a: found NA at position 2; allowed: FALSE or TRUE for each");
  write_booleans(enumeration({{"FALSE", 0}, {"TRUE", 1}, {"NA", -1}}).get(), {-1, 1, 0, 0});
  EXPECT_EQ(refusal(), "a: found NA at position 0; allowed: FALSE or TRUE for each");
  write_booleans(enumeration({{"FALSE", 0}, {"TRUE", 1}}).get(), {0, 1, 0, 7});
  EXPECT_EQ(refusal(), "a: found the boolean 7 at position 3; allowed: FALSE or TRUE for each");
}

TEST_F(Hdf5ReaderTest, OtherEnumerationsAreNoNumbers) {
  for (const auto& members : std::vector<std::vector<std::pair<std::string, int8_t>>>{
           {{"FALSE", 1}, {"TRUE", 0}},
           {{"FALSE", 0}, {"TRUE", 1}, {"MAYBE", 2}},
           {{"FALSE", 0}}}) {
    write_booleans(enumeration(members).get(), {0, 1});
    EXPECT_EQ(refusal().substr(0, 30), "a: found an enumeration (FALSE");
  }
}

TEST_F(Hdf5ReaderTest, TheLeastIntegersAreRefusedAsMissingValuesOfR) {
  write_doubles_as(H5T_STD_I32LE, {1, -2147483648.0});
  EXPECT_EQ(refusal(),
            "a: found -2147483648 at position 1, as which R writes NA; allowed: a number in each "
            "place");
  write_doubles_as(H5T_STD_I64BE, {-9223372036854775808.0, 1});
  EXPECT_EQ(refusal(),
            "a: found -9223372036854775808 at position 0, as which R writes NA; allowed: a number "
            "in each place");
  write_doubles_as(H5T_STD_I16LE, {1, -32768});
  EXPECT_EQ(read().values, (std::vector<double>{1, -32768}));
  write_doubles_as(H5T_STD_I64LE, {1, -2147483648.0});
  EXPECT_EQ(read().values, (std::vector<double>{1, -2147483648.0}));
  write_doubles_as(H5T_IEEE_F64LE, {1, -2147483648.0});
  EXPECT_EQ(read().values, (std::vector<double>{1, -2147483648.0}));
}

TEST_F(Hdf5ReaderTest, OfRowsTheLeastIntegerIsRefusedAtItsPlace) {
  const std::vector<int32_t> values = {1, 2, 3, 4, 5, INT32_MIN};
  write([&](hid_t file) {
    add_dataset(file, "a", H5T_STD_I32LE, {3, 2}, H5T_NATIVE_INT32, values.data());
  });
  const Hdf5Rows rows = Hdf5Reader(path_, {"a"}).open_rows("a");
  std::vector<double> read(4);
  rows.read(0, 2, read.data());
  EXPECT_EQ(read, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(refusal([&] { rows.read(1, 2, read.data()); }),
            "a: found -2147483648 at position 5, as which R writes NA; allowed: a number in each "
            "place");
}

TEST_F(Hdf5ReaderTest, ColumnsAndRowsAreTakenForVectors) {
  for (const std::vector<hsize_t>& shape :
       std::vector<std::vector<hsize_t>>{{3}, {3, 1}, {1, 3}, {1, 3, 1}}) {
    write([&](hid_t file) { add_doubles(file, "a", shape, {1, 2, 3}); });
    EXPECT_EQ(read().values, (std::vector<double>{1, 2, 3}));
    EXPECT_EQ(read().shape, std::vector<hsize_t>{3});
  }
  write([](hid_t file) { add_doubles(file, "a", {1, 1}, {5}); });
  EXPECT_EQ(read().values, std::vector<double>{5});
  write([](hid_t file) { add_doubles(file, "a", {2, 2}, {1, 2, 3, 4}); });
  EXPECT_EQ(refusal(), "a: found 2 dimensions; allowed: 1");
}

TEST_F(Hdf5ReaderTest, MatricesOfOctaveAreRead) {
  write([](hid_t file) { add_octave(file, "a", "matrix", {1, 3}, {1, 2, 3}); });
  EXPECT_EQ(read().values, (std::vector<double>{1, 2, 3}));
  write([](hid_t file) { add_octave(file, "a", "uint16 matrix", {2, 3}, {1, 2, 3, 4, 5, 6}); });
  const Hdf5Rows rows = Hdf5Reader(path_, {"a"}).open_rows("a");
  EXPECT_EQ(rows.rows(), 2u);
  std::vector<double> row(3);
  rows.read(1, 1, row.data());
  EXPECT_EQ(row, (std::vector<double>{4, 5, 6}));
}

TEST_F(Hdf5ReaderTest, OtherValuesOfOctaveAreRefusedByTheirType) {
  write([](hid_t file) { add_octave(file, "a", "double_range", {1, 3}, {1, 2, 3}); });
  EXPECT_EQ(refusal(),
            "a: found an Octave value of the type \"double_range\"; allowed: a matrix of real "
            "numbers (x(:) makes one of a range, full(x) of a sparse one)");
  write([](hid_t file) {
    add_octave(file, "a", "matrix", {2}, {0, 0});
    const Hdf5Handle group(H5Gopen2(file, "a", H5P_DEFAULT), H5Gclose, "a");
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose, "a");
    const Hdf5Handle mark(H5Acreate2(group.get(), "OCTAVE_EMPTY_MATRIX", H5T_STD_U8LE, space.get(),
                                     H5P_DEFAULT, H5P_DEFAULT),
                          H5Aclose, "a");
  });
  EXPECT_EQ(refusal(), "a: found an empty Octave matrix; allowed: at least one number");
  write([](hid_t file) {
    const Hdf5Handle group(H5Gcreate2(file, "a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose,
                           "a");
  });
  EXPECT_EQ(refusal(), "a: found a group or named type; allowed: a dataset");
}

TEST_F(Hdf5ReaderTest, WhatIsNoNumberIsNamed) {
  const auto refusal_of = [&](Hdf5Handle type) {
    const std::vector<char> zeros(1000, 0);
    write([&](hid_t file) { add_dataset(file, "a", type.get(), {3}, type.get(), zeros.data()); });
    return refusal();
  };
  const auto opaque = [](size_t bytes) {
    return Hdf5Handle(H5Tcreate(H5T_OPAQUE, bytes), H5Tclose, "type");
  };
  EXPECT_EQ(refusal_of(opaque(2)),
            "a: found opaque items of 2 bytes, as which h5py stores bfloat16; allowed: integers, "
            "floats or booleans (in Python, x.astype(\"float32\") before it is written)");
  EXPECT_EQ(refusal_of(opaque(1)),
            "a: found opaque items of 1 byte, as which h5py stores float8; allowed: integers, "
            "floats or booleans (in Python, x.astype(\"float32\") before it is written)");
  Hdf5Handle complex(H5Tcreate(H5T_COMPOUND, 16), H5Tclose, "type");
  H5Tinsert(complex.get(), "r", 0, H5T_IEEE_F64LE);
  H5Tinsert(complex.get(), "i", 8, H5T_IEEE_F64LE);
  EXPECT_EQ(refusal_of(std::move(complex)),
            "a: found complex numbers; allowed: integers, floats or booleans");
  Hdf5Handle text(H5Tcopy(H5T_C_S1), H5Tclose, "type");
  H5Tset_size(text.get(), 5);
  EXPECT_EQ(refusal_of(std::move(text)), "a: found texts; allowed: integers, floats or booleans");
}

TEST_F(Hdf5ReaderTest, AUserBlockOfAMebibyteIsSkipped) {
  write([](hid_t file) { add_doubles(file, "a", {3}, {1, 2, 3}); }, hsize_t{1} << 20);
  EXPECT_EQ(read().values, (std::vector<double>{1, 2, 3}));
  EXPECT_TRUE(is_hdf5(path_));
  EXPECT_TRUE(is_hdf5(read_input_file(path_)));
}

TEST_F(Hdf5ReaderTest, WhatANewerHdf5WroteIsNotCalledDamaged) {
  const std::string allowed =
      "; allowed: a file for older readers: written with h5py's libver=('earliest', 'v110'), or "
      "converted by h5repack --low=0 --high=2; complex numbers as two arrays";
  const std::string newer = "found content of a newer HDF5 than " + hdf5_library_version() +
                            ", with which this program "
                            "was built ";
  write([](hid_t file) { add_doubles(file, "a", {3}, {1, 2, 3}); });
  const std::string whole = testing::read_bytes(path_);
  testing::patch_bytes(path_, testing::kFloat64Description, testing::kNewerDescription);
  EXPECT_EQ(refusal(), "a: " + newer + "(bad version number for datatype message)" + allowed);
  std::string superblock = whole;
  superblock[8] = 9;
  testing::write_bytes(path_, superblock);
  EXPECT_EQ(refusal(), newer + "(bad superblock version number)" + allowed);
  testing::write_bytes(path_, whole.substr(0, 600));
  EXPECT_EQ(refusal().substr(0, 27), "found damaged HDF5 content ");
}

/// A dataset of 64 float64 in one chunk without filters, and the entry of the chunk in the index:
/// its size, no skipped filters, its corner, the address.
std::string plain_chunk_entry(uint32_t bytes) {
  std::string entry(4 + 4 + 2 * 8, '\0');
  for (size_t i = 0; i < 4; ++i) entry[i] = static_cast<char>(bytes >> 8 * i);
  return entry;
}

TEST_F(Hdf5ReaderTest, TheSizeInTheChunkIndexIsComparedBeforeTheChunkIsRead) {
  write([](hid_t file) {
    const hsize_t count = 64;
    const Hdf5Handle plan(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "plan");
    hdf5_check(H5Pset_chunk(plan.get(), 1, &count), "plan");
    const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose, "space");
    const Hdf5Handle dataset(
        H5Dcreate2(file, "a", H5T_IEEE_F64LE, space.get(), H5P_DEFAULT, plan.get(), H5P_DEFAULT),
        H5Dclose, "a");
    const std::vector<double> values(count, 1.0);
    hdf5_check(
        H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
        "a");
  });
  EXPECT_EQ(read().values, std::vector<double>(64, 1.0));
  std::string bytes = testing::read_bytes(path_);
  const size_t at = bytes.find(plain_chunk_entry(512), bytes.find("TREE", bytes.find("TREE") + 1));
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 24, plain_chunk_entry(504));
  bytes.replace(at + 24, 8, std::string("\0\0\0\x40\0\0\0\0", 8));  // far behind the file's end
  testing::write_bytes(path_, bytes);
  EXPECT_EQ(refusal(),
            "a: found 504 bytes in the chunk at [0] instead of 512; allowed: a complete, undamaged "
            "dataset");
}

}  // namespace
}  // namespace edgesweep
