# Flags of every target of ours, and ccache where it is installed.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(edgesweep_flags INTERFACE)
target_include_directories(edgesweep_flags INTERFACE ${PROJECT_SOURCE_DIR})
# -ffp-contract=off: every fused multiply-add is written as one, so results are bit-equal across compilers and devices.
target_compile_options(edgesweep_flags INTERFACE
                       "$<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wpedantic;-Werror;-ffp-contract=off>")
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # False positives of g++ 12 on `"text" + std::string` (GCC bug 105651).
  target_compile_options(edgesweep_flags INTERFACE "$<$<COMPILE_LANGUAGE:C,CXX>:-Wno-restrict>")
endif()

set(EDGESWEEP_SANITIZE "" CACHE STRING "address,undefined or thread: build everything with these sanitizers")
if(EDGESWEEP_SANITIZE)
  target_compile_options(edgesweep_flags INTERFACE -fsanitize=${EDGESWEEP_SANITIZE} -fno-omit-frame-pointer -g
                                                   -fno-sanitize-recover=all)
  target_link_options(edgesweep_flags INTERFACE -fsanitize=${EDGESWEEP_SANITIZE})
endif()
