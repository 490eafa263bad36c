#include "shared_memory.h"

#include <atomic>

#include "pages.h"
#include "text.h"

namespace cuda_emulation {
namespace {

constexpr size_t kSpace = size_t{16} << 20;
constexpr size_t kMostDynamic = size_t{1} << 20;
constexpr size_t kDynamicAlignment = 16;
constexpr size_t kMargin = 256;  ///< bytes in front of the dynamic memory that are checked

/// Arrays are numbered by their first use in the program, whichever host thread that is on.
int number_of(SharedArray& array) {
  static std::atomic<int> next{1};
  std::atomic_ref<int> number(array.number);
  int current = number.load(std::memory_order_relaxed);
  if (current != 0) return current;
  const int mine = next.fetch_add(1);
  return number.compare_exchange_strong(current, mine) ? mine : current;
}

std::string array_text(const SharedArray& array) {
  return format("shared array '%s' (%zu bytes, %s:%d)", array.name, array.bytes, array.file,
                array.line);
}

}  // namespace

SharedMemory::SharedMemory() : space_(reserve_pages(kSpace)), free_pages_(space_ + kPage) {}

SharedMemory::~SharedMemory() { release_pages(space_, kSpace); }

void SharedMemory::start_block(size_t dynamic_bytes, uint32_t poison) {
  ++block_;
  poison_ = poison;
  static_bytes_ = 0;
  dynamic_bytes_ = dynamic_bytes;
  char* const end = space_ + kSpace - kPage;
  const size_t open = round_up(dynamic_bytes + kMargin, kPage);
  if (open > dynamic_open_) {
    open_pages(end - open, open);
    dynamic_open_ = open;
  }
  dynamic_ = end - round_up(dynamic_bytes, kDynamicAlignment);
  fill_poison(dynamic_ - kMargin, static_cast<size_t>(end - dynamic_) + kMargin, poison);
}

void* SharedMemory::array(SharedArray& array) {
  const int number = number_of(array);
  if (number >= kMostArrays) return nullptr;
  Segment& segment = segments_[static_cast<size_t>(number)];
  if (segment.block == block_) return segment.data;
  if (segment.data == nullptr) place(segment, array);
  if (segment.data == nullptr) return nullptr;
  segment.block = block_;
  static_bytes_ += array.bytes;
  const auto margin = static_cast<size_t>(segment.data - segment.pages);
  fill_poison(segment.pages, margin + array.bytes, poison_);
  return segment.data;
}

void SharedMemory::place(Segment& segment, const SharedArray& array) {
  const size_t bytes = round_up(array.bytes, kPage);
  if (free_pages_ + bytes + kPage > space_ + kSpace - kPage - kMostDynamic) return;
  open_pages(free_pages_, bytes);
  segment.declaration = &array;
  segment.pages = free_pages_;
  segment.data = free_pages_ + bytes - array.bytes;
  free_pages_ += bytes + kPage;
}

std::string SharedMemory::find_overrun() const {
  const char* const end = space_ + kSpace - kPage;
  if (find_change(dynamic_ - kMargin, kMargin, poison_) != nullptr)
    return "something wrote in front of dynamic shared memory";
  const char* const behind = dynamic_ + dynamic_bytes_;
  if (find_change(behind, static_cast<size_t>(end - behind), poison_) != nullptr)
    return format("something wrote past the end of dynamic shared memory (%zu bytes)",
                  dynamic_bytes_);
  for (const Segment& segment : segments_) {
    if (segment.block != block_) continue;
    const auto margin = static_cast<size_t>(segment.data - segment.pages);
    if (find_change(segment.pages, margin, poison_) != nullptr)
      return "something wrote in front of " + array_text(*segment.declaration);
  }
  return "";
}

std::string SharedMemory::describe(const void* address) const {
  const char* const at = static_cast<const char*>(address);
  const char* const end = space_ + kSpace - kPage;
  if (at < space_ || at >= space_ + kSpace) return "";
  if (at >= end)
    return format("%zd bytes past the end of dynamic shared memory (%zu bytes)",
                  at - (dynamic_ + dynamic_bytes_), dynamic_bytes_);
  for (const Segment& segment : segments_) {
    if (segment.declaration == nullptr) continue;
    const char* const segment_end = segment.data + segment.declaration->bytes;
    if (at >= segment_end && at < segment_end + kPage)
      return format("%zd bytes past the end of ", at - segment_end) +
             array_text(*segment.declaration);
    if (at < segment.pages && at >= segment.pages - kPage)
      return format("%zd bytes in front of ", segment.data - at) + array_text(*segment.declaration);
  }
  return "outside every array of shared memory";
}

}  // namespace cuda_emulation
