#pragma once

namespace edgesweep::bench {

/// Does `rounds` rounds of independent fused multiply-adds on all lanes of the instruction set
/// named (as in `edgesweep devices`), as many as keep every unit busy, with nothing else. Returns
/// the floating-point operations done.
double run_multiply_adds(const char* instruction_set, int rounds);

}  // namespace edgesweep::bench
