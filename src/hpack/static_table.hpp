#pragma once

#include "hpack/field_hash.hpp"
#include "hpack/static_table_data.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace farcall::hpack {

/// The static table has the indices 1 to kStaticCount, the dynamic table those behind (RFC 7541 §2.3.3).
inline constexpr std::uint32_t kStaticCount = std::size(kStaticTable);

/// `index`: 1 to kStaticCount.
constexpr const StaticField& static_field(std::uint32_t index) {
  return kStaticTable[index - 1];
}

namespace detail {

// Static indices by hash: open addressing with linear probing, 0 marks a free slot. Sparse enough that nearly
// every search ends at the first slot.
using StaticSlots = std::array<std::uint8_t, 256>;

constexpr std::size_t first_static_slot(std::uint64_t hash) {
  return hash >> 56;
}
constexpr std::size_t next_static_slot(std::size_t slot) {
  return (slot + 1) % std::tuple_size_v<StaticSlots>;
}

extern const StaticSlots kStaticByField;
extern const StaticSlots kStaticByName;

}  // namespace detail

/// The index of the field; 0 when there is none. `hash`: hash_field of the two.
[[nodiscard]] inline std::uint32_t find_static_field(std::uint64_t hash, std::string_view name,
                                                     std::string_view value) {
  std::size_t slot = detail::first_static_slot(hash);
  while (const std::uint32_t index = detail::kStaticByField[slot]) {
    const StaticField& field = static_field(index);
    if (same_text(field.name, name) && same_text(field.value, value)) return index;
    slot = detail::next_static_slot(slot);
  }
  return 0;
}

/// The lowest index of that name; 0 when there is none. `hash`: hash_text of it.
[[nodiscard]] std::uint32_t find_static_name(std::uint64_t hash, std::string_view name);

}  // namespace farcall::hpack
