#include "hpack/dynamic_table.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace farcall::hpack {
namespace {

constexpr std::uint32_t kFirstRingSize = 8;
constexpr std::size_t kFirstCapacity = 64;

void copy(std::string_view from, char* to) {
  // An empty view may have no address, and memcpy insists on one.
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

}  // namespace

std::size_t DynamicTable::size_of(std::uint32_t age) const {
  const Place& place = ring_[(inserted_ - 1 - age) & (ring_size_ - 1)];
  return std::size_t{place.name_length} + place.value_length + kEntryOverhead;
}

void DynamicTable::set_max_size(std::size_t max_size) {
  max_size_ = max_size;
  evict_to(max_size);
}

void DynamicTable::clear() {
  size_ = 0;
  count_ = 0;
  begin_ = end_ = 0;
}

void DynamicTable::evict_to(std::size_t size) {
  while (size_ > size) {
    const std::size_t evicted = size_of(count_ - 1);
    begin_ += evicted - kEntryOverhead;
    size_ -= evicted;
    --count_;
  }
  if (count_ == 0) clear();
}

void DynamicTable::insert(std::string_view name, std::string_view value, FieldNote note) {
  const std::size_t bytes = name.size() + value.size();
  if (bytes + kEntryOverhead > max_size_) {
    clear();
    return;
  }
  // The new bytes go behind the old ones before anything is evicted, for `name` may be among those that go.
  // What is in the buffer for that moment is less than twice the table's size.
  if (capacity_ - end_ < bytes) make_room_for_bytes(bytes, name);
  const std::size_t offset = end_;
  if (bytes > 0) {
    copy(name, bytes_.get() + offset);
    copy(value, bytes_.get() + offset + name.size());
  }
  evict_to(max_size_ - bytes - kEntryOverhead);
  if (count_ == 0) begin_ = offset;
  end_ = offset + bytes;

  if (count_ == ring_size_) grow_ring();
  ring_[inserted_ & (ring_size_ - 1)] = {static_cast<std::uint32_t>(offset),
                                         static_cast<std::uint32_t>(name.size()),
                                         static_cast<std::uint32_t>(value.size()), note};
  ++inserted_;
  ++count_;
  size_ += bytes + kEntryOverhead;
}

void DynamicTable::make_room_for_bytes(std::size_t wanted, std::string_view& name) {
  const std::size_t living = end_ - begin_;
  const char* const old = bytes_.get();
  const bool name_is_ours = !name.empty() && count_ > 0 && std::less_equal<>()(old, name.data()) &&
                            std::less<>()(name.data(), old + capacity_);
  const std::size_t name_offset = name_is_ours ? static_cast<std::size_t>(name.data() - old) - begin_ : 0;

  // Moving is for a buffer that is at least half dead, so that its cost is paid by what was added since.
  if (living <= capacity_ / 2 && living + wanted <= capacity_) {
    if (living > 0) std::memmove(bytes_.get(), old + begin_, living);
  } else {
    // Twice the table's size always suffices: neither the living bytes nor the new ones are more than it.
    const std::size_t capacity =
        std::min(std::max({kFirstCapacity, capacity_ * 2, living + wanted}), max_size_ * 2);
    auto grown = std::make_unique_for_overwrite<char[]>(capacity);
    if (living > 0) std::memcpy(grown.get(), old + begin_, living);
    bytes_ = std::move(grown);
    capacity_ = capacity;
  }
  for (std::uint32_t age = 0; age < count_; ++age) {
    Place& place = ring_[(inserted_ - 1 - age) & (ring_size_ - 1)];
    place.offset -= static_cast<std::uint32_t>(begin_);
  }
  begin_ = 0;
  end_ = living;
  if (name_is_ours) name = {bytes_.get() + name_offset, name.size()};
}

void DynamicTable::grow_ring() {
  const std::uint32_t grown_size = std::max(kFirstRingSize, ring_size_ * 2);
  auto grown = std::make_unique_for_overwrite<Place[]>(grown_size);
  for (std::uint32_t number = inserted_ - count_; number != inserted_; ++number) {
    grown[number & (grown_size - 1)] = ring_[number & (ring_size_ - 1)];
  }
  ring_ = std::move(grown);
  ring_size_ = grown_size;
}

}  // namespace farcall::hpack
