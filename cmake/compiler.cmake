# Flags of every target of ours, and ccache where it is installed and the caller names no launcher.
include(CheckCXXCompilerFlag)

option(EDGESWEEP_WERROR "Warnings are errors: for those who change the sources; the presets turn it on" OFF)
find_program(CCACHE_PROGRAM ccache)

# edgesweep_launcher(LANGUAGE): a launcher that the caller names stays, an empty one (none) too.
function(edgesweep_launcher language)
  set(launcher CMAKE_${language}_COMPILER_LAUNCHER)
  if(CCACHE_PROGRAM AND NOT DEFINED ${launcher} AND NOT DEFINED ENV{${launcher}})
    set(${launcher} ${CCACHE_PROGRAM} PARENT_SCOPE)
  endif()
endfunction()
edgesweep_launcher(C)
edgesweep_launcher(CXX)

add_library(edgesweep_flags INTERFACE)
target_compile_features(edgesweep_flags INTERFACE cxx_std_20)
target_include_directories(edgesweep_flags INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                     $<INSTALL_INTERFACE:include/edgesweep>)
# Warnings are of use to those who change the sources; programs that link the installed libraries choose theirs.
set(warnings -Wall -Wextra -Wpedantic)
if(EDGESWEEP_WERROR)
  list(APPEND warnings -Werror)
endif()
target_compile_options(edgesweep_flags INTERFACE "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:C,CXX>:${warnings}>>")
# -ffp-contract=off: every fused multiply-add is written as one, so results are bit-equal across compilers and devices.
target_compile_options(edgesweep_flags INTERFACE $<$<COMPILE_LANGUAGE:C,CXX>:-ffp-contract=off>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # False positives of g++ 12 on `"text" + std::string` (GCC bug 105651).
  target_compile_options(edgesweep_flags INTERFACE "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:C,CXX>:-Wno-restrict>>")
  # False positives of g++ 13 and 14 on functions that take a temporary and return a reference to something that stays.
  check_cxx_compiler_flag(-Wdangling-reference EDGESWEEP_HAS_DANGLING_REFERENCE)
  if(EDGESWEEP_HAS_DANGLING_REFERENCE)
    target_compile_options(edgesweep_flags INTERFACE "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Wno-dangling-reference>>")
  endif()
endif()

set(EDGESWEEP_SANITIZE "" CACHE STRING "address,undefined or thread: build everything with these sanitizers")
# Reports show lines, not variables: where those are takes the compiler longer than all else (-g).
if(EDGESWEEP_SANITIZE)
  target_compile_options(edgesweep_flags INTERFACE -fsanitize=${EDGESWEEP_SANITIZE} -fno-omit-frame-pointer -g1
                                                   -fno-sanitize-recover=all)
  target_link_options(edgesweep_flags INTERFACE -fsanitize=${EDGESWEEP_SANITIZE})
endif()
