#include "text.h"

#include <dlfcn.h>
#include <elf.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace cuda_emulation {
namespace {

struct CodePlace {
  std::string function;
  std::string line;  ///< "file:number", or ""
};

std::string read_line(FILE* input) {
  char buffer[4096];
  if (std::fgets(buffer, sizeof buffer, input) == nullptr) return "";
  std::string line = buffer;
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return line;
}

/// Where addr2line finds the object; the program's own name may be relative to a former folder.
std::string object_path(const Dl_info& object) {
  return object.dli_fname[0] == '/' ? object.dli_fname : format("/proc/%d/exe", getpid());
}

/// The address as the object file counts it.
size_t object_offset(const Dl_info& object, const void* address) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  const bool fixed = static_cast<const Elf64_Ehdr*>(object.dli_fbase)->e_type == ET_EXEC;
  return fixed ? at : at - reinterpret_cast<uintptr_t>(object.dli_fbase);
}

CodePlace ask_addr2line(const void* address) {
  CodePlace place{format("%p", address), ""};
  Dl_info object;
  if (dladdr(address, &object) == 0) return place;
  const std::string question = format("addr2line -Cf -e '%s' 0x%zx 2>/dev/null",
                                      object_path(object).c_str(), object_offset(object, address));
  FILE* answer = popen(question.c_str(), "r");
  if (answer == nullptr) return place;
  const std::string function = read_line(answer);
  const std::string line = read_line(answer);
  pclose(answer);
  if (!function.empty() && function[0] != '?') place.function = function;
  if (!line.empty() && line[0] != '?') place.line = line.substr(0, line.find(' '));
  return place;
}

}  // namespace

std::string format(const char* pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, pattern, arguments);
  va_end(arguments);
  std::vector<char> buffer(static_cast<size_t>(length) + 1);
  std::vsnprintf(buffer.data(), buffer.size(), pattern, again);
  va_end(again);
  return std::string(buffer.data());
}

std::string index_text(uint3 index) { return format("(%u,%u,%u)", index.x, index.y, index.z); }

std::string function_text(const void* address) { return ask_addr2line(address).function; }

std::string place_text(const void* address) {
  const CodePlace place = ask_addr2line(address);
  return place.line.empty() ? place.function : place.function + " at " + place.line;
}

}  // namespace cuda_emulation
