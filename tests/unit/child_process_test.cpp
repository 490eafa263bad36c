#include "host/child_process.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace edgesweep {
namespace {

TEST(ChildProcess, EndsLikeItsWork) {
  EXPECT_EQ(run_in_child({}, [] {}).end, ChildEnd::finished);
  EXPECT_EQ(run_in_child({}, [] { throw std::runtime_error("cannot be read"); }).end,
            ChildEnd::finished);
  EXPECT_EQ(run_in_child({}, [] { raise(SIGKILL); }).end, ChildEnd::killed);
  EXPECT_EQ(run_in_child({}, [] { _exit(0); }).end, ChildEnd::crashed);
  for (const int number : {SIGFPE, SIGSEGV, SIGBUS, SIGABRT}) {
    const Child child = run_in_child({}, [number] { raise(number); });
    EXPECT_EQ(child.end, ChildEnd::crashed);
    EXPECT_EQ(child.signal, number);
  }
}

TEST(ChildProcess, TellsACrashWhereTheSystemTellsNoStatus) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(run_in_child({}, [] {}).end, ChildEnd::finished);
  const Child child = run_in_child({}, [] { raise(SIGFPE); });
  std::signal(SIGCHLD, before);
  EXPECT_EQ(child.end, ChildEnd::crashed);
  EXPECT_EQ(child.signal, 0);
}

TEST(ChildProcess, EndsWhatWorksWithoutEnd) {
  const Child child = run_in_child({.seconds = 1}, [] {
    for (volatile unsigned count = 0;;) count = count + 1;
  });
  EXPECT_EQ(child.end, ChildEnd::too_long);
}

TEST(ChildProcess, HasItsOwnMemoryAndALimitOfIt) {
  int changed = 0;
  constexpr size_t kAsked = size_t{1} << 33;
  const auto ask = [&] {
    changed = 1;
    void* const got = mmap(nullptr, kAsked, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got != MAP_FAILED) raise(SIGABRT);
  };
  EXPECT_EQ(run_in_child({.memory = kAsked / 2}, ask).end, ChildEnd::finished);
  EXPECT_EQ(run_in_child({.memory = kAsked * 2}, ask).signal, SIGABRT);
  EXPECT_EQ(changed, 0);
}

TEST(ChildProcess, IsQuietAndLeavesStoppingToItsParent) {
  ::testing::internal::CaptureStderr();
  const Child child = run_in_child({}, [] {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) raise(number);
    std::fputs("what a library prints before it breaks", stderr);
  });
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(child.end, ChildEnd::finished);
}

}  // namespace
}  // namespace edgesweep
