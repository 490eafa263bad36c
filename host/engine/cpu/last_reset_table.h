#pragma once
#include <array>
#include <cstdint>

namespace edgesweep {

/// [reset bits of 8 lanes][lane]: the last lane up to `lane` with a reset; lane 0 where there is
/// none (the caller then keeps the location it came with).
constexpr std::array<std::array<uint64_t, 8>, 256> make_last_reset_table() {
  std::array<std::array<uint64_t, 8>, 256> table{};
  for (uint64_t bits = 0; bits < 256; ++bits) {
    uint64_t last = 0;
    for (uint64_t lane = 0; lane < 8; ++lane) {
      if (bits >> lane & 1) last = lane;
      table[bits][lane] = last;
    }
  }
  return table;
}

alignas(64) inline constexpr std::array<std::array<uint64_t, 8>, 256> kLastReset =
    make_last_reset_table();

}  // namespace edgesweep
