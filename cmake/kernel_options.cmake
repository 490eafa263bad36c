# How the CPU kernels (host/engine/cpu/simd_kernels.cpp) are compiled: for AVX-512, AVX2 with FMA and plain x86-64, or for NEON.
# SSSE3 and SSE4 have no FMA and would gain nothing; SVE's vectors, whose size the compiler does not know, do not fit into tiles.
set(EDGESWEEP_KERNEL_DEFINITIONS "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4|HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128)")
# g++ would copy every inner loop for strides of 1, which costs more at its entry than it saves.
set(EDGESWEEP_KERNEL_OPTIONS -O3 $<$<CXX_COMPILER_ID:GNU>:-fno-version-loops-for-strides>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  # Highway asks for the same by a pragma, but g++ compiles implicit constructors without it and then refuses vectors in them.
  # Nothing here uses cryptography, so processors without it are fine.
  list(APPEND EDGESWEEP_KERNEL_OPTIONS -march=armv8-a+crypto)
endif()
