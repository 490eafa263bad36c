// Who may write a results file: owners here, elsewhere, killed, suspended, taken over from.
#include "host/results/ownership/ownership.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/checkpoint.h"
#include "host/results/ownership/take_over.h"
#include "tests/support/files.h"
#include "tests/support/owners.h"

namespace edgesweep {
namespace {

using testing::contains;
using testing::elsewhere;
using testing::ended_process;
using testing::leave_owner;
using testing::owner_of;
using testing::read_bytes;
using testing::write_bytes;

using Names = std::vector<std::string>;

/// What taking the file says, or "taken".
std::string answer(const std::string& path, const OwnershipOptions& options = {}) {
  try {
    return Ownership::take(path, options) ? "taken" : "stopped";
  } catch (const BusyError& error) {
    return error.what();
  }
}

class Owners : public ::testing::Test {
 protected:
  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.file("a.h5");
  const std::string root_ = path_ + ".lock";
  const ProcessIdentity self_ = this_process();
};

/// Asks with a clock that only sleeping moves.
class PatientAsker {
 public:
  PatientAsker() {
    options.wait = true;
    options.seconds = [this] { return now; };
    options.sleep = [this](double seconds) {
      now += seconds;
      if (on_sleep) on_sleep(now);
    };
    options.tell = [this](const std::string& text) { told.push_back(text); };
    options.stop = [this] { return stopped; };
  }
  OwnershipOptions options;
  std::function<void(double)> on_sleep;
  Names told;
  double now = 0;
  bool stopped = false;
};

TEST_F(Owners, AnOwnerLeavesNothingBehind) {
  {
    const auto ownership = Ownership::take(path_);
    EXPECT_EQ(folder_.names(), Names{"a.h5.lock"});
    EXPECT_EQ(owner_of(path_).owner, self_);
  }
  EXPECT_TRUE(folder_.names().empty());
  EXPECT_EQ(answer(path_), "taken");
  EXPECT_THROW(Ownership::take(folder_.file("none/a.h5")), SystemError);
}

TEST_F(Owners, AnOwnerThatLivesIsNamedAtOnce) {
  const auto ownership = Ownership::take(path_);
  const std::string text = answer(path_);
  EXPECT_TRUE(contains(text, path_ + ": another edgesweep is writing this file: process " +
                                 std::to_string(getpid()) + " on host " + self_.host))
      << text;
  ownership->require();
}

TEST_F(Owners, AnOwnerWhoseProcessHasEndedIsGone) {
  leave_owner(path_, ended_process());
  EXPECT_EQ(answer(path_), "taken");
}

TEST_F(Owners, AnOwnerThatNobodyHasWaitedForIsGone) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t ended;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  ProcessIdentity zombie = self_;
  zombie.process = child;
  zombie.start_time = [&] {
    std::string line = read_bytes("/proc/" + std::to_string(child) + "/stat");
    for (int field = 1; field < 22; ++field) line = line.substr(line.find(' ') + 1);
    return std::stoull(line);
  }();
  leave_owner(path_, zombie);
  EXPECT_EQ(answer(path_), "taken");
  waitpid(child, nullptr, 0);
}

TEST_F(Owners, AReusedProcessNumberIsNotTakenForTheOwner) {
  ProcessIdentity earlier = self_;
  earlier.start_time -= 1;
  leave_owner(path_, earlier);
  EXPECT_EQ(answer(path_), "taken");
}

TEST_F(Owners, AProcessElsewhereIsNotTakenForOneHere) {
  leave_owner(path_, elsewhere());
  const std::string text = answer(path_);
  EXPECT_TRUE(contains(
      text, "may be writing this file: process " + std::to_string(getpid()) + " on host far"))
      << text;
  ProcessIdentity ended = elsewhere();
  ended.process = ended_process().process;
  leave_owner(path_, ended);
  EXPECT_TRUE(contains(answer(path_), "may be writing this file"));
}

TEST_F(Owners, OneElsewhereThatStandsStillForFiveMinutesIsGone) {
  leave_owner(path_, elsewhere());
  PatientAsker asker;
  EXPECT_EQ(answer(path_, asker.options), "taken");
  EXPECT_GE(asker.now, 300);
  EXPECT_LT(asker.now, 310);
  ASSERT_GE(asker.told.size(), 5u);
  EXPECT_TRUE(contains(asker.told.front(), "process " + std::to_string(getpid()) + " on host far"))
      << asker.told.front();
  EXPECT_TRUE(contains(asker.told.front(), "--take-over")) << asker.told.front();
  EXPECT_TRUE(contains(asker.told[2], "no sign of life for 2 of 5 minutes")) << asker.told[2];
}

TEST_F(Owners, OneElsewhereWhoseCounterMovesIsBusySoon) {
  OwnerRecord owner = leave_owner(path_, elsewhere());
  PatientAsker asker;
  asker.on_sleep = [&](double now) {
    if (now < 290) return;
    owner.counter += 1;
    write_bytes(root_, record_text(owner));
  };
  const std::string text = answer(path_, asker.options);
  EXPECT_TRUE(contains(text, "another edgesweep is writing this file: process " +
                                 std::to_string(getpid()) + " on host far"))
      << text;
  EXPECT_LT(asker.now, 292);
  EXPECT_EQ(owner_of(path_).token, owner.token);
}

TEST_F(Owners, OneElsewhereIsWatchedAnewWhenAnotherHasTakenOver) {
  leave_owner(path_, elsewhere());
  PatientAsker asker;
  asker.on_sleep = [&, done = false](double now) mutable {
    if (now < 200 || done) return;
    done = true;
    leave_owner(path_, elsewhere("further"));
  };
  EXPECT_EQ(answer(path_, asker.options), "taken");
  EXPECT_GE(asker.now, 500);
}

TEST_F(Owners, WaitingCanBeStopped) {
  const OwnerRecord owner = leave_owner(path_, elsewhere());
  PatientAsker asker;
  asker.on_sleep = [&](double now) { asker.stopped = now >= 3; };
  EXPECT_EQ(answer(path_, asker.options), "stopped");
  EXPECT_LT(asker.now, 5);
  EXPECT_EQ(owner_of(path_).token, owner.token);
}

TEST_F(Owners, AnOwnerThatReleasesMeanwhileIsFollowedAtOnce) {
  leave_owner(path_, elsewhere());
  PatientAsker asker;
  asker.on_sleep = [&](double) { std::filesystem::remove(root_); };
  EXPECT_EQ(answer(path_, asker.options), "taken");
  EXPECT_LT(asker.now, 3);
}

TEST_F(Owners, AFileThatIsNoRecordCountsAsAnOwnerElsewhere) {
  write_bytes(root_, "");
  EXPECT_TRUE(contains(answer(path_), "may be writing this file"));
  PatientAsker asker;
  EXPECT_EQ(answer(path_, asker.options), "taken");
  EXPECT_GE(asker.now, 300);
}

TEST_F(Owners, TheCounterMovesWhileTheOwnerLives) {
  OwnershipOptions options;
  options.beat_seconds = 0.001;
  const auto ownership = Ownership::take(path_, options);
  const size_t size = read_bytes(root_).size();
  uint64_t before = owner_of(path_).counter;
  for (int moves = 0; moves < 3;) {
    const uint64_t now = owner_of(path_).counter;
    ASSERT_GE(now, before);
    moves += now > before ? 1 : 0;
    before = now;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(read_bytes(root_).size(), size) << "it needs no more space on the disk";
}

TEST_F(Owners, WhoWasTakenOverWritesAndRemovesNothingMore) {
  OwnershipOptions options;
  options.beat_seconds = 0.001;
  const auto first = Ownership::take(path_, options);
  const std::string folder = checkpoint_folder(path_);
  make_folder(folder);
  replace_file(path_, {'o', 'l', 'd'});
  replace_file(folder + "/run.checkpoint.h5", {'o', 'l', 'd'});
  EXPECT_FALSE(first->lost());

  OwnershipOptions other;
  other.self = elsewhere();
  other.take_over = true;
  const auto second = Ownership::take(path_, other);
  EXPECT_EQ(owner_of(path_).owner.host, "far");
  try {
    first->require();
    ADD_FAILURE() << "not noticed";
  } catch (const BusyError& error) {
    EXPECT_TRUE(contains(error.what(), path_ + ": process " + std::to_string(getpid()) +
                                           " on host far has taken this file over"))
        << error.what();
  }
  for (const std::string& file : {path_, folder + "/run.checkpoint.h5"}) {
    EXPECT_THROW(replace_file(file, {'n', 'e', 'w'}), BusyError);
    EXPECT_EQ(read_bytes(file), "old");
  }
  EXPECT_THROW(remove_checkpoint(folder, "run"), BusyError);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  while (!first->lost()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  replace_file(folder_.file("b.h5"), {'x'});  // of somebody else's concern
}

TEST_F(Owners, TheLossIsNoticedWithoutAWrite) {
  OwnershipOptions options;
  options.beat_seconds = 0.001;
  const auto first = Ownership::take(path_, options);
  leave_owner(path_, elsewhere());
  while (!first->lost()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_THROW(first->require(), BusyError);
}

TEST_F(Owners, WhoWasTakenOverLeavesTheNewOwnersFile) {
  OwnerRecord other;
  {
    const auto first = Ownership::take(path_);
    other = leave_owner(path_, elsewhere());
  }
  EXPECT_EQ(owner_of(path_).token, other.token);
}

TEST_F(Owners, AnOwnerWhoseFileWasRemovedStops) {
  const auto ownership = Ownership::take(path_);
  std::filesystem::remove(root_);
  EXPECT_THROW(replace_file(path_, {'n'}), BusyError);
  EXPECT_TRUE(folder_.names().empty()) << "neither the file nor a temporary one";
}

TEST_F(Owners, ATakeOverThatWasCutShortIsFinishedByTheNext) {
  const OwnerRecord first = leave_owner(path_, ended_process());
  const OwnerRecord second{new_token(), ended_process()};
  write_bytes(root_ + "." + first.token, record_text(second));
  const OwnerRecord orphan{new_token(), ended_process()};
  write_bytes(root_ + "." + new_token(), record_text(orphan));
  const auto ownership = Ownership::take(path_);
  EXPECT_EQ(folder_.names(), Names{"a.h5.lock"});
  EXPECT_EQ(owner_of(path_).owner, self_);
}

/// Killed before the successor's file got its name.
TEST_F(Owners, TheTemporaryFileOfATakeOverThatWasCutShortIsRemoved) {
  const OwnerRecord owner = leave_owner(path_, ended_process());
  const ProcessIdentity gone = ended_process();
  write_bytes(fmt::format("{}.{}.{}.{}.{}.0.tmp", root_, owner.token, machine_name(gone),
                          gone.process, gone.start_time),
              "part");
  Ownership::take(path_);
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(Owners, ATakeOverElsewhereThatWasCutShortIsFinishedToo) {
  const OwnerRecord first = leave_owner(path_, elsewhere());
  write_bytes(root_ + "." + first.token, record_text({new_token(), elsewhere("further")}));
  PatientAsker asker;
  const auto ownership = Ownership::take(path_, asker.options);
  EXPECT_GE(asker.now, 300);
  EXPECT_EQ(folder_.names(), Names{"a.h5.lock"});
  EXPECT_EQ(owner_of(path_).owner, self_);
}

TEST_F(Owners, ATakeOverUnderWayIsBusy) {
  const OwnerRecord first = leave_owner(path_, ended_process());
  const OwnerRecord second{new_token(), self_};
  write_bytes(root_ + "." + first.token, record_text(second));
  EXPECT_TRUE(contains(answer(path_), "is writing this file"));
  EXPECT_EQ(owner_of(path_).token, first.token);
}

TEST_F(Owners, WhoComesTooLateForATakeOverLeavesNoTrace) {
  leave_owner(path_, ended_process());
  const std::vector<SeenOwner> seen = read_chain(root_);
  const auto quicker = Ownership::take(path_);
  OwnerRecord late{new_token(), elsewhere()};
  EXPECT_FALSE(succeed(root_, seen, late));
  EXPECT_EQ(folder_.names(), Names{"a.h5.lock"});
  EXPECT_EQ(owner_of(path_).owner, self_);
  quicker->require();
}

TEST_F(Owners, SymbolicLinksAreNotFollowed) {
  write_bytes(folder_.file("precious"), "precious");
  std::filesystem::create_symlink(folder_.file("precious"), root_);
  EXPECT_THROW(Ownership::take(path_), SystemError);
  std::filesystem::remove(root_);
  std::filesystem::create_directory(folder_.file("other"));
  std::filesystem::create_symlink(folder_.file("other"), checkpoint_folder(path_));
  EXPECT_THROW(Ownership::take(path_), SystemError);
  EXPECT_FALSE(std::filesystem::exists(root_));
  EXPECT_EQ(read_bytes(folder_.file("precious")), "precious");
}

/// Needs a flock that works.
class OwnersWithLocks : public Owners {};

TEST_F(OwnersWithLocks, AnotherContainerOfThisMachineIsGoneWhenNobodyHoldsItsLock) {
  ProcessIdentity container = self_;
  container.pid_namespace += 1;
  container.host = "container";
  struct stat status {};
  ASSERT_EQ(stat(folder_.path().c_str(), &status), 0);
  leave_owner(path_, container, /*flock=*/false, status.st_dev);
  EXPECT_TRUE(contains(answer(path_), "may be writing this file"));
  leave_owner(path_, container, /*flock=*/true, status.st_dev + 1);
  EXPECT_TRUE(contains(answer(path_), "may be writing this file")) << "another mount";
  leave_owner(path_, container, /*flock=*/true, status.st_dev);
  EXPECT_EQ(answer(path_), "taken");

  OwnershipOptions options;
  options.self = container;
  const auto living = Ownership::take(path_, options);
  EXPECT_TRUE(owner_of(path_).flock);
  EXPECT_TRUE(contains(answer(path_), "may be writing this file"));
}

TEST_F(OwnersWithLocks, ALockOfAnEarlierVersionCounts) {
  write_bytes(root_, "4711\n");
  {
    const FileDescriptor holder(open(root_.c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(flock(holder.get(), LOCK_EX | LOCK_NB), 0);
    EXPECT_TRUE(contains(answer(path_), "is writing this file"));
  }
  EXPECT_EQ(answer(path_), "taken");
}

TEST(OwnerRecords, AreReadAsTheyWereWritten) {
  const OwnerRecord record{new_token(), this_process(), true, 2049, 18446744073709551615u};
  const auto read = parse_record(record_text(record));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->token, record.token);
  EXPECT_EQ(read->owner, record.owner);
  EXPECT_EQ(read->flock, record.flock);
  EXPECT_EQ(read->device, record.device);
  EXPECT_EQ(read->counter, record.counter);
  EXPECT_NE(new_token(), new_token());
}

TEST(OwnerRecords, OtherTextIsNone) {
  const OwnerRecord record{"0123456789abcdef", {"host", "boot", 1, 4711, 5}, false, 6, 3};
  const std::string text = record_text(record);
  ASSERT_TRUE(parse_record(text));
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string other = text;
    return other.replace(other.find(from), from.size(), to);
  };
  for (const std::string& other :
       {std::string(), std::string("4711\n"), changed("owner 1", "owner 2"),
        changed("token 0", "token x"), changed("process 4711", "process -1"),
        changed("process 4711", "process 0"), changed("process 4711", "process 99999999999"),
        changed("host host", "host a\x1b[31m"), changed("start 5", "start five"),
        changed("flock 0\n", "")})
    EXPECT_FALSE(parse_record(other)) << other;
}

}  // namespace
}  // namespace edgesweep
