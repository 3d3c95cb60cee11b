#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace farcall::base {

/// Names a value in a SlotMap for as long as the value lives, and nothing afterwards. A default key names
/// nothing.
struct SlotKey {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  bool operator==(const SlotKey&) const = default;
};

/// Values under keys that die with them: looking up the key of a value that is gone finds nothing, even when
/// its place was given to another. Insert, find and erase are O(1); a value's address is stable for its life.
///
/// Memory comes in chunks, each as large as all before it together and of kChunk values at most: a map of one
/// value is small, and one of a hundred holds little that it does not need. `trim` gives them back.
///
/// Not thread-safe. A slot whose generations have run out is never used again. A value may erase itself or
/// insert others from inside a call on it, but not from its constructor or destructor.
template <class T>
class SlotMap {
 public:
  static constexpr std::uint32_t kChunk = 16;

  SlotMap() = default;
  SlotMap(const SlotMap&) = delete;
  SlotMap& operator=(const SlotMap&) = delete;
  ~SlotMap() {
    for_each([this](SlotKey key, T&) { erase(key); });
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  template <class... Args>
  SlotKey emplace(Args&&... args) {
    return insert(std::forward<Args>(args)...).first;
  }
  /// The same, with the value itself.
  template <class... Args>
  std::pair<SlotKey, T&> insert(Args&&... args) {
    if (free_ == kNone) add_chunk();
    const std::uint32_t index = free_;
    Slot& slot = at(index);
    T* made = ::new (static_cast<void*>(slot.room)) T(std::forward<Args>(args)...);
    free_ = slot.next_free;
    ++slot.generation;
    ++size_;
    return {SlotKey{index, slot.generation}, *made};
  }

  /// Null when the value that `key` named is gone.
  [[nodiscard]] T* find(SlotKey key) {
    if (key.index >= capacity_) return nullptr;
    Slot& slot = at(key.index);
    // An even generation is that of a free slot, which no key handed out carries.
    if (slot.generation != key.generation || (key.generation & 1U) == 0) return nullptr;
    return value(slot);
  }
  /// The value at `index`, which is that of a key whose value lives.
  [[nodiscard]] T& operator[](std::uint32_t index) {
    assert(index < capacity_ && (at(index).generation & 1U) != 0);
    return *value(at(index));
  }

  /// False when there was nothing to erase.
  bool erase(SlotKey key) {
    T* found = find(key);
    if (found == nullptr) return false;
    erase(key, *found);
    return true;
  }
  /// The same for `value`, which is there, under that key.
  void erase(SlotKey key, T& value) {
    Slot& slot = at(key.index);
    ++slot.generation;
    --size_;
    value.~T();
    if (is_free(slot)) free(key.index, slot);
  }

  /// Calls `visit(SlotKey, T&)` for every value; `visit` may erase the value it is given, and no other.
  template <class Visit>
  void for_each(Visit visit) {
    for (std::uint32_t index = 0; index < capacity_; ++index) {
      Slot& slot = at(index);
      if ((slot.generation & 1U) != 0) visit(SlotKey{index, slot.generation}, *value(slot));
    }
  }

  /// Values there is room for.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  /// Gives back the chunks that hold no value, from the last on. Keys of values that were in them stay dead.
  void trim() {
    const std::size_t before = chunks_.size();
    while (!chunks_.empty() && is_vacant(chunks_.size() - 1)) {
      for (std::uint32_t i = 0; i < size_of(chunks_.size() - 1); ++i) {
        first_generation_ = std::max(first_generation_, chunks_.back()[i].generation);
      }
      capacity_ -= size_of(chunks_.size() - 1);
      chunks_.pop_back();
    }
    if (chunks_.size() == before) return;
    chunks_.shrink_to_fit();
    free_ = kNone;
    for (std::uint32_t index = capacity_; index-- > 0;) {
      if (Slot& slot = at(index); is_free(slot)) free(index, slot);
    }
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  /// From this chunk on they have kChunk slots.
  static constexpr std::size_t kFullChunk = std::bit_width(kChunk);

  struct Slot {
    alignas(T) std::byte room[sizeof(T)];
    std::uint32_t generation = 0;  // odd while in use
    std::uint32_t next_free = kNone;
  };

  static T* value(Slot& slot) { return std::launder(reinterpret_cast<T*>(slot.room)); }
  /// A generation of 0 has wrapped around: old keys would come alive again, so the slot is retired.
  static bool is_free(const Slot& slot) { return (slot.generation & 1U) == 0 && slot.generation != 0; }
  /// One slot, one, two, four and so on: at first, the chunk of an index is the number of its digits.
  static std::uint32_t size_of(std::size_t chunk) {
    return chunk == 0 ? 1 : chunk < kFullChunk ? 1U << (chunk - 1) : kChunk;
  }
  Slot& at(std::uint32_t index) {
    if (index >= kChunk) return chunks_[kFullChunk - 1 + index / kChunk][index % kChunk];
    const auto chunk = static_cast<unsigned>(std::bit_width(index));
    const std::uint32_t first = (std::uint32_t{1} << chunk) >> 1;
    return chunks_[chunk][index - first];
  }

  void free(std::uint32_t index, Slot& slot) {
    slot.next_free = free_;
    free_ = index;
  }

  void add_chunk() {
    const std::uint32_t first = capacity_;
    const std::uint32_t size = size_of(chunks_.size());
    chunks_.push_back(std::make_unique<Slot[]>(size));
    capacity_ += size;
    for (std::uint32_t i = size; i-- > 0;) {
      Slot& slot = at(first + i);
      slot.generation = first_generation_;
      free(first + i, slot);
    }
  }

  /// A chunk with a retired slot stays, so that it stays retired.
  bool is_vacant(std::size_t chunk) {
    const Slot* slots = chunks_[chunk].get();
    return std::all_of(slots, slots + size_of(chunk), is_free);
  }

  std::vector<std::unique_ptr<Slot[]>> chunks_;
  std::uint32_t free_ = kNone;
  /// Even, and not below that of any slot that was given back.
  std::uint32_t first_generation_ = 2;
  std::uint32_t capacity_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace farcall::base
