// Preloaded into a program under test: pthread_create as under a limit on threads.
//   EDGESWEEP_TEST_THREADS=N         at most N threads besides the first live at once; EAGAIN then
//   EDGESWEEP_TEST_THREADS_SEEN=FILE at the end, the most that lived at once goes there
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<int> alive{0};
std::atomic<int> most{0};

struct Start {
  void* (*routine)(void*);
  void* argument;
};

void* run(void* given) {
  const Start start = *static_cast<Start*>(given);
  std::free(given);
  void* const result = start.routine(start.argument);
  --alive;
  return result;
}

int allowed() {
  const char* const text = std::getenv("EDGESWEEP_TEST_THREADS");
  return text != nullptr ? std::atoi(text) : 1 << 20;
}

__attribute__((destructor)) void write_most() {
  const char* const path = std::getenv("EDGESWEEP_TEST_THREADS_SEEN");
  std::FILE* const file = path != nullptr ? std::fopen(path, "w") : nullptr;
  if (file == nullptr) return;
  std::fprintf(file, "%d\n", most.load());
  std::fclose(file);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int pthread_create(
    pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*), void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  const int now = ++alive;
  auto* const start = now <= allowed() ? static_cast<Start*>(std::malloc(sizeof(Start))) : nullptr;
  if (start == nullptr) {
    --alive;
    return EAGAIN;
  }
  for (int before = most.load(); before < now && !most.compare_exchange_weak(before, now);) {
  }
  *start = {routine, argument};
  const int error = create(thread, attributes, run, start);
  if (error == 0) return 0;
  --alive;
  std::free(start);
  return error;
}
