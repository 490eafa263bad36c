#include "device_memory.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>

#include "pages.h"
#include "sanitizers.h"
#include "spin_lock.h"
#include "text.h"

namespace cuda_emulation {
namespace {

constexpr size_t kMostFreedBytes = size_t{8} << 30;  ///< address space that freed blocks may keep
constexpr size_t kMostClosed = size_t{1} << 20;  ///< larger blocks would take too long each time
constexpr size_t kFarAway = size_t{1} << 20;
constexpr size_t kMargin = 64;  ///< bytes in front of a block that are checked

struct Memory {
  SpinLock lock;
  std::map<uintptr_t, Allocation> blocks;  ///< by address, live and freed
  std::deque<uintptr_t> freed;             ///< oldest first
  size_t freed_bytes = 0;
  size_t count = 0;
};

// Never destroyed: objects that are may still free memory.
Memory& memory() {
  static Memory& only = *new Memory;
  return only;
}

uintptr_t key_of(const void* address) { return reinterpret_cast<uintptr_t>(address); }

char* end_of(const Allocation& block) { return block.data + block.bytes; }
char* open_end(const Allocation& block) { return block.pages + block.open_bytes; }

void give_back(const Allocation& block) {
  allow(block.pages - kPage, block.open_bytes + 2 * kPage);
  release_pages(block.pages - kPage, block.open_bytes + 2 * kPage);
}

void forget_oldest(Memory& all) {
  const auto oldest = all.blocks.find(all.freed.front());
  all.freed.pop_front();
  all.freed_bytes -= oldest->second.open_bytes;
  give_back(oldest->second);
  all.blocks.erase(oldest);
}

std::string block_text(const Allocation& block) {
  const std::string owner =
      block.device == kPinnedHost ? "pinned host memory" : format("device %d", block.device);
  return format("allocation %zu (%zu bytes, %s)", block.number, block.bytes, owner.c_str());
}

}  // namespace

void* allocate_memory(size_t bytes, int device, size_t alignment, uint32_t poison) {
  Allocation block;
  block.bytes = bytes;
  block.device = device;
  block.open_bytes = round_up(bytes, kPage);
  block.pages = reserve_pages(block.open_bytes + 2 * kPage) + kPage;
  block.data = open_end(block) - round_up(bytes, alignment);
  open_pages(block.pages, block.open_bytes);
  fill_poison(block.pages, block.open_bytes, poison);
  forbid(block.pages, static_cast<size_t>(block.data - block.pages));
  // AddressSanitizer counts in steps of 8 bytes, from an aligned address on.
  forbid(block.pages - kPage, kPage);
  forbid(end_of(block), static_cast<size_t>(open_end(block) - end_of(block)) + kPage);
  std::lock_guard guard(memory().lock);
  block.number = ++memory().count;
  memory().blocks[key_of(block.data)] = block;
  return block.data;
}

Release release_memory(void* pointer, int device, size_t* freed_bytes) {
  Memory& all = memory();
  std::lock_guard guard(all.lock);
  const auto found = all.blocks.find(key_of(pointer));
  if (found == all.blocks.end()) return Release::kUnknown;
  Allocation& block = found->second;
  if ((block.device == kPinnedHost) != (device == kPinnedHost)) return Release::kUnknown;
  if (block.freed) return Release::kAlreadyFreed;
  block.freed = true;
  discard_pages(block.pages, block.open_bytes);
  forbid(block.pages, block.open_bytes);
  *freed_bytes = block.bytes;
  all.freed.push_back(found->first);
  all.freed_bytes += block.open_bytes;
  while (all.freed_bytes > kMostFreedBytes && all.freed.size() > 1) forget_oldest(all);
  return Release::kDone;
}

void release_all_memory() {
  Memory& all = memory();
  std::lock_guard guard(all.lock);
  for (const auto& [address, block] : all.blocks) give_back(block);
  all.blocks.clear();
  all.freed.clear();
  all.freed_bytes = 0;
  all.count = 0;
}

Allocation find_allocation(const void* address) {
  Memory& all = memory();
  std::lock_guard guard(all.lock);
  auto after = all.blocks.upper_bound(key_of(address));
  if (after == all.blocks.begin()) return {};
  const Allocation& block = std::prev(after)->second;
  const bool inside = static_cast<const char*>(address) < end_of(block) && !block.freed;
  return inside ? block : Allocation{};
}

std::vector<Allocation> live_memory() {
  Memory& all = memory();
  std::lock_guard guard(all.lock);
  std::vector<Allocation> live;
  for (const auto& [address, block] : all.blocks)
    if (!block.freed) live.push_back(block);
  return live;
}

std::string describe_device_address(const void* address) {
  Memory& all = memory();
  // A fault inside this very file would wait for itself.
  if (!all.lock.try_lock()) return "";
  std::lock_guard guard(all.lock, std::adopt_lock);
  const char* const at = static_cast<const char*>(address);
  auto after = all.blocks.upper_bound(key_of(address));
  if (after != all.blocks.begin()) {
    const Allocation& block = std::prev(after)->second;
    const std::string text = block_text(block);
    if (at < end_of(block))
      return format("byte %zd of ", at - block.data) + (block.freed ? "freed " : "") + text;
    if (at < open_end(block) + kPage)
      return format("%zd bytes past the end of ", at - end_of(block)) + text;
  }
  if (after != all.blocks.end() && at >= after->second.pages - kPage)
    return format("%zd bytes in front of ", after->second.data - at) + block_text(after->second);
  if (after != all.blocks.begin()) {
    const Allocation& block = std::prev(after)->second;
    if (static_cast<size_t>(at - end_of(block)) < kFarAway)
      return format("%zd bytes past the end of ", at - end_of(block)) + block_text(block);
  }
  return "";
}

// AddressSanitizer forbids these bytes and needs no second look at them.
std::string find_memory_overrun(int device, uint32_t poison) {
  if (under_address_sanitizer()) return "";
  for (const Allocation& block : live_memory()) {
    if (block.device != device) continue;
    const auto behind = static_cast<size_t>(open_end(block) - end_of(block));
    if (find_change(end_of(block), behind, poison) != nullptr)
      return "something wrote past the end of " + block_text(block);
    const size_t margin = std::min(kMargin, static_cast<size_t>(block.data - block.pages));
    if (find_change(block.data - margin, margin, poison) != nullptr)
      return "something wrote in front of " + block_text(block);
  }
  return "";
}

void close_new_block(const void* pointer) {
  const Allocation block = find_allocation(pointer);
  if (block.open_bytes <= kMostClosed) close_pages(block.pages, block.open_bytes);
}

void open_device_memory(int device) {
  for (const Allocation& block : live_memory())
    if (block.device == device && block.open_bytes <= kMostClosed)
      open_pages(block.pages, block.open_bytes);
}

void close_device_memory(int device) {
  for (const Allocation& block : live_memory())
    if (block.device == device && block.open_bytes <= kMostClosed)
      close_pages(block.pages, block.open_bytes);
}

}  // namespace cuda_emulation
