# Writes a C++ file with a function that returns the text of INPUT:
#   cmake -DINPUT=text -DOUTPUT=FILE.cpp -DHEADER=declaring/header.h -DFUNCTION=name -P embed_text.cmake
# The text is cut into chunks: compilers limit the length of one string literal.
foreach(variable INPUT OUTPUT HEADER FUNCTION)
  if(NOT DEFINED ${variable})
    message(FATAL_ERROR "embed_text.cmake: -D${variable}=... is missing")
  endif()
endforeach()

file(READ "${INPUT}" text)
string(FIND "${text}" ")embedded\"" delimiter_position)
if(NOT delimiter_position EQUAL -1)
  message(FATAL_ERROR "embed_text.cmake: ${INPUT} contains the raw-string delimiter")
endif()

set(chunk_length 8000)
string(LENGTH "${text}" length)
set(chunks "")
set(position 0)
while(position LESS length)
  string(SUBSTRING "${text}" ${position} ${chunk_length} chunk)
  string(APPEND chunks "    R\"embedded(${chunk})embedded\",\n")
  math(EXPR position "${position} + ${chunk_length}")
endwhile()

file(WRITE "${OUTPUT}.new" "// Written by cmake/embed_text.cmake.
#include \"${HEADER}\"

namespace edgesweep {

std::string ${FUNCTION}() {
  static constexpr const char* kChunks[] = {
${chunks}  };
  std::string text;
  for (const char* chunk : kChunks) text += chunk;
  return text;
}

}  // namespace edgesweep
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
