// Preloaded (LD_PRELOAD) into a program under test, this changes what the system and HDF5 do:
//   EDGESWEEP_TEST_FLOCK   flock() fails with this error; "0": it always succeeds, as it does where
//                          locks do not reach other machines
//   EDGESWEEP_TEST_LINK    link() fails with this error
//   EDGESWEEP_TEST_KILL    the process is killed when it calls fsync() for the n-th time
//   EDGESWEEP_TEST_HDF5    opening the dataset of this name ends the process by SIGFPE, as dividing
//                          by zero in HDF5 does
#include <dlfcn.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

struct Named {
  const char* name;
  int error;
};
constexpr Named kErrors[] = {{"0", 0},           {"ENOSYS", ENOSYS},
                             {"ENOLCK", ENOLCK}, {"EOPNOTSUPP", EOPNOTSUPP},
                             {"EINVAL", EINVAL}, {"EPERM", EPERM}};

/// The error that a variable names; -1 without it.
int error_of(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return -1;
  for (const Named& named : kErrors)
    if (std::strcmp(named.name, text) == 0) return named.error;
  std::abort();
}

template <typename Function>
Function original(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int answer(int error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

}  // namespace

extern "C" int flock(int descriptor, int operation) noexcept {
  const int error = error_of("EDGESWEEP_TEST_FLOCK");
  if (error < 0) return original<int (*)(int, int)>("flock")(descriptor, operation);
  return answer(error);
}

extern "C" int link(const char* from, const char* to) noexcept {
  const int error = error_of("EDGESWEEP_TEST_LINK");
  if (error < 0) return original<int (*)(const char*, const char*)>("link")(from, to);
  return answer(error);
}

extern "C" int fsync(int descriptor) {
  static std::atomic<int> calls{0};
  const char* const text = std::getenv("EDGESWEEP_TEST_KILL");
  if (text != nullptr && ++calls == std::atoi(text)) kill(getpid(), SIGKILL);
  return original<int (*)(int)>("fsync")(descriptor);
}

// hid_t is int64_t.
extern "C" int64_t H5Dopen2(int64_t parent, const char* name, int64_t access) {
  const char* const broken = std::getenv("EDGESWEEP_TEST_HDF5");
  if (broken != nullptr && std::strcmp(name, broken) == 0) raise(SIGFPE);
  return original<int64_t (*)(int64_t, const char*, int64_t)>("H5Dopen2")(parent, name, access);
}
