#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/engine/cuda/device_buffer.h"

namespace edgesweep {

/// Device memory for what comes and goes together, as the arrays of an evaluation: they are cut out
/// of one block that stays for the next time. Of its own for each, cudaMalloc and cudaFree would
/// wait for the device again and again.
class DeviceArena {
 public:
  /// What is taken is used by work of this stream, which outlives the arena.
  explicit DeviceArena(const DeviceStream& stream) : stream_(stream) {}

  /// `size` elements, aligned to 256 bytes, until the scope ends; contents are undefined. Throws
  /// DeviceError (out_of_memory).
  template <typename T>
  DeviceArray<T> take(size_t size) {
    return {static_cast<T*>(take_bytes(size * sizeof(T))), size};
  }
  /// The same with these values. The copy is queued: they must stay until the stream has been
  /// waited for.
  template <typename T>
  DeviceArray<T> take(const std::vector<T>& values) {
    const DeviceArray<T> array = take<T>(values.size());
    array.upload(values, stream_);
    return array;
  }
  /// allocate_pieces, of the arena.
  template <typename T>
  DeviceArray<T> take_pieces(int& count, int64_t each) {
    return allocate_fewer(count,
                          [&](int pieces) { return take<T>(static_cast<size_t>(pieces * each)); });
  }

  /// At its end, the work of the stream is waited for, and everything that was taken is given back.
  /// One at a time.
  class Scope {
   public:
    explicit Scope(DeviceArena& arena) : arena_(arena) {}
    ~Scope() { arena_.give_back(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    DeviceArena& arena_;
  };

  /// Bytes that it holds and nobody has.
  int64_t idle_bytes() const;
  /// Gives its memory back to the device. Outside of scopes.
  void release();
  /// An allocation for each array from now on, so that tests see who leaves his own.
  void keep_apart(bool apart) { apart_ = apart; }

 private:
  struct Block {
    DeviceBuffer<char> memory;
    size_t used = 0;
  };
  void* take_bytes(size_t bytes);
  Block& add_block(size_t bytes);
  void give_back();
  size_t held_bytes() const;
  size_t used_bytes() const;

  const DeviceStream& stream_;
  bool apart_ = false;
  size_t wanted_ = 0;  ///< what was used last, where that was more than one block
  std::vector<Block> blocks_;
  std::vector<DeviceBuffer<char>> single_;  ///< arrays that are kept apart
};

}  // namespace edgesweep
