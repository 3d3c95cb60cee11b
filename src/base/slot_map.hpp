#pragma once

#include <array>
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
/// Not thread-safe. A slot whose generations have run out is never used again. A value may erase itself or
/// insert others from inside a call on it, but not from its constructor or destructor.
template <class T>
class SlotMap {
 public:
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
    ++slot.generation;  // odd: in use
    ++size_;
    return {SlotKey{index, slot.generation}, *made};
  }

  /// Null when the value that `key` named is gone.
  [[nodiscard]] T* find(SlotKey key) {
    if (key.index >= chunks_.size() * kChunk) return nullptr;
    Slot& slot = at(key.index);
    // An even generation is that of a free slot, which no key handed out carries.
    if (slot.generation != key.generation || (key.generation & 1U) == 0) return nullptr;
    return value(slot);
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
    if (slot.generation != 0) {  // wrapped around: old keys would come alive again, so the slot is retired
      slot.next_free = free_;
      free_ = key.index;
    }
  }

  /// Calls `visit(SlotKey, T&)` for every value; `visit` may erase the value it is given, and no other.
  template <class Visit>
  void for_each(Visit visit) {
    for (std::uint32_t index = 0; index < chunks_.size() * kChunk; ++index) {
      Slot& slot = at(index);
      if ((slot.generation & 1U) != 0) visit(SlotKey{index, slot.generation}, *value(slot));
    }
  }

 private:
  static constexpr std::uint32_t kChunk = 16;
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Slot {
    alignas(T) std::byte room[sizeof(T)];
    std::uint32_t generation = 0;
    std::uint32_t next_free = kNone;
  };

  static T* value(Slot& slot) { return std::launder(reinterpret_cast<T*>(slot.room)); }
  Slot& at(std::uint32_t index) { return (*chunks_[index / kChunk])[index % kChunk]; }

  void add_chunk() {
    const auto first = static_cast<std::uint32_t>(chunks_.size() * kChunk);
    chunks_.push_back(std::make_unique<std::array<Slot, kChunk>>());
    for (std::uint32_t i = kChunk; i-- > 0;) {
      at(first + i).next_free = free_;
      free_ = first + i;
    }
  }

  std::vector<std::unique_ptr<std::array<Slot, kChunk>>> chunks_;
  std::uint32_t free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace farcall::base
