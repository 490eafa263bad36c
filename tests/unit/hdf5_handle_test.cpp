#include "host/hdf5/hdf5_handle.h"

#include <gtest/gtest.h>

#include <utility>

#include "host/error.h"
#include "tests/support/dataset_files.h"

namespace edgesweep {
namespace {

class Hdf5 : public ::testing::Test {
 protected:
  Hdf5Handle create() const {
    return Hdf5Handle(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose,
                      path_);
  }
  const Hdf5Silence silence_;
  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.file("a.h5");
};

TEST_F(Hdf5, HandleRefusesAFailedOpenWithHdf5sOwnMessage) {
  try {
    Hdf5Handle(H5Fopen(folder_.file("missing").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose,
               "cannot open it");
    FAIL() << "a negative identifier was accepted";
  } catch (const SystemError& error) {
    EXPECT_NE(std::string(error.what()).find("cannot open it: unable to open file"),
              std::string::npos)
        << error.what();
  }
}

TEST_F(Hdf5, HandleClosesOnceAndMoves) {
  Hdf5Handle file = create();
  const hid_t id = file.get();
  {
    const Hdf5Handle moved = std::move(file);
    EXPECT_EQ(moved.get(), id);
    EXPECT_GT(H5Iis_valid(id), 0);
  }
  EXPECT_EQ(H5Iis_valid(id), 0);
}

TEST_F(Hdf5, CloseReportsFailure) {
  Hdf5Handle file = create();
  ASSERT_GE(H5Fclose(file.get()), 0);
  EXPECT_THROW(file.close("cannot close"), SystemError);
  EXPECT_NO_THROW(file.close("already empty"));
}

TEST_F(Hdf5, StringAttributesOfAnyLengthCanBeReplacedAndReadAgain) {
  const Hdf5Handle file = create();
  for (const std::string& text : {std::string("short"), std::string(), std::string(200'000, 'x'),
                                  std::string("Gr\xc3\xb6\xc3\x9f"
                                              "e")}) {
    write_string_attribute(file.get(), "config", text);
    EXPECT_EQ(read_string_attribute(file.get(), "config"), text);
  }
}

TEST_F(Hdf5, FixedLengthStringAttributesAreReadToo) {
  const Hdf5Handle file = create();
  const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "type");
  ASSERT_GE(H5Tset_size(type.get(), 3), 0);
  ASSERT_GE(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), 0);
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose, "space");
  const Hdf5Handle attribute(
      H5Acreate2(file.get(), "name", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
      "attribute");
  ASSERT_GE(H5Awrite(attribute.get(), type.get(), "abc"), 0);
  EXPECT_EQ(read_string_attribute(file.get(), "name"), "abc");
}

TEST_F(Hdf5, AttributesThatAreMissingOrNoStringAreRefused) {
  const Hdf5Handle file = create();
  EXPECT_THROW(read_string_attribute(file.get(), "missing"), SystemError);
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose, "space");
  const Hdf5Handle attribute(
      H5Acreate2(file.get(), "number", H5T_STD_I32LE, space.get(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose, "attribute");
  EXPECT_THROW(read_string_attribute(file.get(), "number"), SystemError);
}

}  // namespace
}  // namespace edgesweep
