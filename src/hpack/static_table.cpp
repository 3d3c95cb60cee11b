#include "hpack/static_table.hpp"

namespace farcall::hpack {
namespace detail {
namespace {

constexpr void take_slot(StaticSlots& slots, std::uint64_t hash, std::uint32_t index) {
  std::size_t slot = first_static_slot(hash);
  while (slots[slot] != 0) slot = next_static_slot(slot);
  slots[slot] = static_cast<std::uint8_t>(index);
}

constexpr StaticSlots slots_by_field() {
  StaticSlots slots{};
  for (std::uint32_t i = 1; i <= kStaticCount; ++i) {
    const StaticField& field = kStaticTable[i - 1];
    take_slot(slots, hash_field(hash_text(field.name), hash_text(field.value)), i);
  }
  return slots;
}

constexpr StaticSlots slots_by_name() {
  StaticSlots slots{};
  for (std::uint32_t i = 1; i <= kStaticCount; ++i) {
    const std::string_view name = kStaticTable[i - 1].name;
    // Equal names lie side by side; the lowest index stands for them.
    if (i > 1 && kStaticTable[i - 2].name == name) continue;
    take_slot(slots, hash_text(name), i);
  }
  return slots;
}

}  // namespace

constinit const StaticSlots kStaticByField = slots_by_field();
constinit const StaticSlots kStaticByName = slots_by_name();

}  // namespace detail

std::uint32_t find_static_name(std::uint64_t hash, std::string_view name) {
  std::size_t slot = detail::first_static_slot(hash);
  while (const std::uint32_t index = detail::kStaticByName[slot]) {
    if (same_text(static_field(index).name, name)) return index;
    slot = detail::next_static_slot(slot);
  }
  return 0;
}

}  // namespace farcall::hpack
