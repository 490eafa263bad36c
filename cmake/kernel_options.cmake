# How the CPU kernels (host/engine/cpu/simd_kernels.cpp) are compiled: for AVX-512, AVX2 with FMA and plain x86-64, or for NEON.
# Left out of what Highway knows, in any version of it: SSSE3 and SSE4 have no FMA and would gain nothing; sets better than those
# (HWY_AVX3 is AVX-512; the bits below a target's are the better ones) gain nothing for the same arithmetic; SVE's vectors, whose size the
# compiler does not know, do not fit into tiles.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(EDGESWEEP_KERNEL_DEFINITIONS "HWY_DISABLED_TARGETS=(HWY_NEON-1)")
else()
  set(EDGESWEEP_KERNEL_DEFINITIONS "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4|(HWY_AVX3-1))")
endif()
# g++ would copy every inner loop for strides of 1, which costs more at its entry than it saves.
set(EDGESWEEP_KERNEL_OPTIONS -O3 $<$<CXX_COMPILER_ID:GNU>:-fno-version-loops-for-strides>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  # Highway asks for the same by a pragma, but g++ compiles implicit constructors without it and then refuses vectors in them.
  # Nothing here uses cryptography, so processors without it are fine.
  list(APPEND EDGESWEEP_KERNEL_OPTIONS -march=armv8-a+crypto)
endif()
