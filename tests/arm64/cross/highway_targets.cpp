// The part of libhwy that looks at the processor, for a program with one instruction set.
#include <hwy/targets.h>

namespace hwy {
namespace {

int64_t forced = 0;

}  // namespace

// The kernels may be compiled for NEON with AES, this file without: the emulated processor has
// both.
int64_t SupportedTargets() { return forced != 0 ? forced : HWY_STATIC_TARGET | HWY_NEON; }
void SetSupportedTargetsForTest(int64_t targets) { forced = targets; }

ChosenTarget& GetChosenTarget() {
  static ChosenTarget chosen;
  return chosen;
}

}  // namespace hwy
