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
    const Hdf5Handle file(H5Fopen(folder_.file("missing").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT),
                          H5Fclose, "cannot open it");
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

}  // namespace
}  // namespace edgesweep
