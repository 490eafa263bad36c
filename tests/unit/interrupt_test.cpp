// What signals do: host/cli/interrupt.h. Each test sends them to a process of its own, which says
// by its exit code what it found.
#include "host/cli/interrupt.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace edgesweep {
namespace {

constexpr int kStopWished = 7;
constexpr int kNothingWished = 8;

[[noreturn]] void tell_wish() { _exit(interrupted() ? kStopWished : kNothingWished); }

void raise_all(std::initializer_list<int> signals) {
  for (const int number : signals) raise(number);
}

class InterruptDeathTest : public ::testing::TestWithParam<int> {};

TEST_P(InterruptDeathTest, ASignalIsAWishToStop) {
  EXPECT_EXIT(
      {
        catch_interrupts();
        raise(GetParam());
        tell_wish();
      },
      ::testing::ExitedWithCode(kStopWished), "");
}

TEST_P(InterruptDeathTest, ASignalEndsAtOnceWhatHasNothingToKeep) {
  EXPECT_EXIT(
      {
        end_on_interrupts();
        raise(GetParam());
        tell_wish();
      },
      ::testing::ExitedWithCode(130), "");
}

INSTANTIATE_TEST_SUITE_P(StopSignals, InterruptDeathTest,
                         ::testing::Values(SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU),
                         [](const auto& info) { return std::string(sigabbrev_np(info.param)); });

TEST(InterruptDeath, ManySignalsAreOneWish) {
  EXPECT_EXIT(
      {
        catch_interrupts();
        raise_all({SIGTERM, SIGTERM, SIGUSR1, SIGXCPU, SIGXCPU, SIGHUP, SIGTERM, SIGUSR2});
        tell_wish();
      },
      ::testing::ExitedWithCode(kStopWished), "");
}

TEST(InterruptDeath, TheFirstControlCAfterOtherSignalsIsStillTheFirst) {
  EXPECT_EXIT(
      {
        catch_interrupts();
        raise_all({SIGTERM, SIGUSR1, SIGINT, SIGTERM});
        tell_wish();
      },
      ::testing::ExitedWithCode(kStopWished), "");
}

TEST(InterruptDeath, TheSecondControlCHurries) {
  EXPECT_EXIT(
      {
        catch_interrupts();
        raise_all({SIGINT, SIGTERM});
        usleep(600'000);
        raise(SIGINT);
        tell_wish();
      },
      ::testing::ExitedWithCode(130), "");
}

TEST(InterruptDeath, TwoControlCsAtOnceAreOne) {
  EXPECT_EXIT(
      {
        catch_interrupts();
        raise_all({SIGINT, SIGINT, SIGINT});
        tell_wish();
      },
      ::testing::ExitedWithCode(kStopWished), "");
}

TEST(InterruptDeath, AHangupThatWasIgnoredStaysIgnored) {
  EXPECT_EXIT(
      {
        signal(SIGHUP, SIG_IGN);
        end_on_interrupts();
        raise(SIGHUP);
        catch_interrupts();
        raise(SIGHUP);
        tell_wish();
      },
      ::testing::ExitedWithCode(kNothingWished), "");
}

TEST(InterruptDeath, AnotherProgramThatIsStartedIsKilledByAClosedPipe) {
  // A shell writes into a pipe without a reader: it ends by SIGPIPE, as it would have without us.
  EXPECT_EXIT(
      {
        meet_closed_pipe_as_error();
        meet_file_limit_as_error();
        int ends[2];
        if (pipe(ends) != 0) _exit(1);
        close(ends[0]);
        dup2(ends[1], STDOUT_FILENO);
        execl("/bin/sh", "sh", "-c", "kill -s PIPE $$", nullptr);
        _exit(1);
      },
      ::testing::KilledBySignal(SIGPIPE), "");
}

}  // namespace
}  // namespace edgesweep
