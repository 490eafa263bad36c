// Whose temporary files are removed, and what access a rewritten file gives.
#include "host/results/temporary_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "host/results/atomic_file.h"
#include "tests/support/files.h"
#include "tests/support/owners.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

using testing::elsewhere;
using testing::ended_process;
using testing::read_bytes;
using testing::write_bytes;

using Names = std::vector<std::string>;

/// As temporary_name would call it for that process.
std::string name_for(const std::string& path, const ProcessIdentity& identity) {
  return path + "." + machine_name(identity) + "." + std::to_string(identity.process) + "." +
         std::to_string(identity.start_time) + ".0.tmp";
}

void make_old(const std::string& path) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(25));
}

class TemporaryFiles : public ::testing::Test {
 protected:
  std::string left_by(const ProcessIdentity& identity, const std::string& target = "a.h5") {
    const std::string path = name_for(folder_.file(target), identity);
    write_bytes(path, "part");
    return path;
  }
  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.file("a.h5");
};

TEST_F(TemporaryFiles, NameTheirProcess) {
  const std::string name = temporary_name(path_);
  const std::string start = name_for(path_, this_process());
  EXPECT_TRUE(name.starts_with(start.substr(0, start.size() - std::string("0.tmp").size())))
      << name;
  EXPECT_NE(name, temporary_name(path_));
}

TEST_F(TemporaryFiles, OfAProcessThatEndedAreRemovedAndThoseOfOthersStay) {
  const std::string gone = left_by(ended_process());
  ProcessIdentity reused = this_process();
  reused.start_time -= 1;
  const std::string of_a_reused_number = left_by(reused);
  const std::string living = left_by(this_process());
  const std::string far = left_by(elsewhere());
  const std::string of_another_file = left_by(ended_process(), "b.h5");
  const std::string nameless = path_ + ".4711.0.tmp";
  write_bytes(nameless, "part");
  write_bytes(folder_.file("notes.tmp"), "a person's");
  remove_leftovers(path_);
  EXPECT_FALSE(fs::exists(gone));
  EXPECT_FALSE(fs::exists(of_a_reused_number));
  for (const std::string& stays :
       {living, far, of_another_file, nameless, folder_.file("notes.tmp")})
    EXPECT_TRUE(fs::exists(stays)) << stays;
}

TEST_F(TemporaryFiles, OfAnOwnerElsewhereThatIsKnownToBeGoneAreRemoved) {
  const std::string far = left_by(elsewhere());
  const std::string further = left_by(elsewhere("further"));
  remove_leftovers(path_, {{elsewhere()}, false});
  EXPECT_FALSE(fs::exists(far));
  EXPECT_TRUE(fs::exists(further));
}

TEST_F(TemporaryFiles, OfProcessesElsewhereAreRemovedAfterADay) {
  const std::string far = left_by(elsewhere());
  const std::string living = left_by(this_process());
  const std::string nameless = path_ + ".4711.0.tmp";
  write_bytes(nameless, "part");
  for (const std::string& file : {far, living, nameless}) make_old(file);
  remove_leftovers(path_);
  EXPECT_EQ(folder_.names(), Names{fs::path(living).filename()});
}

TEST_F(TemporaryFiles, OfEarlierVersionsAreRemovedByWhoAloneWrites) {
  write_bytes(path_ + ".4711.0.tmp", "part");
  write_bytes(folder_.file("b.h5.4711.0.tmp"), "part");
  remove_leftovers(path_, {{}, true});
  EXPECT_EQ(folder_.names(), Names{"b.h5.4711.0.tmp"});
  remove_leftovers(folder_.path() + "/", {{}, true});
  EXPECT_TRUE(folder_.names().empty());
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

TEST_F(TemporaryFiles, ARewrittenFileKeepsItsMode) {
  const mode_t before = umask(027);
  replace_file(path_, {'a'});
  EXPECT_EQ(mode_of(path_), 0640u) << "a new one follows the umask";
  for (const mode_t mode : {0600u, 0664u, 0444u}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    replace_file(path_, {'b'});
    EXPECT_EQ(mode_of(path_), mode);
  }
  umask(before);
}

TEST_F(TemporaryFiles, ARewrittenFileKeepsItsGroup) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file to a group of others";
  constexpr gid_t kGroup = 54321;
  constexpr uid_t kUser = 54322;
  replace_file(path_, {'a'});
  ASSERT_EQ(chown(path_.c_str(), kUser, kGroup), 0);
  replace_file(path_, {'b'});
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_gid, kGroup);
  EXPECT_EQ(status.st_uid, kUser);
}

TEST_F(TemporaryFiles, AGroupThatCannotBeKeptGetsNoMoreThanEverybody) {
  if (geteuid() != 0) GTEST_SKIP() << "needs a file of a group of others";
  replace_file(path_, {'a'});
  ASSERT_EQ(chown(path_.c_str(), 54322, 54321), 0);
  ASSERT_EQ(chmod(path_.c_str(), 0664), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0777), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (setgid(54323) != 0 || setuid(54323) != 0) _exit(2);
    try {
      replace_file(path_, {'b'});
    } catch (const std::exception&) {
      _exit(3);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(read_bytes(path_), "b");
  EXPECT_EQ(mode_of(path_), 0644u);
}

TEST_F(TemporaryFiles, OfAllFilesWhoseNamesBeginAlike) {
  const std::string link = left_by(ended_process(), "a.h5.lock.0123456789abcdef");
  const std::string root = left_by(ended_process(), "a.h5.lock");
  const std::string living = left_by(this_process(), "a.h5.lock.0123456789abcdef");
  remove_leftovers(path_ + ".lock.");
  EXPECT_FALSE(fs::exists(link));
  EXPECT_TRUE(fs::exists(root));
  EXPECT_TRUE(fs::exists(living));
}

}  // namespace
}  // namespace edgesweep
