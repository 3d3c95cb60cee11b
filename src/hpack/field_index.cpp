#include "hpack/field_index.hpp"

#include <algorithm>
#include <bit>

namespace farcall::hpack {

std::uint32_t FieldIndex::search_field(const DynamicTable& table, std::string_view name,
                                       std::string_view value) {
  for (std::uint32_t age = 0; age < table.count(); ++age) {
    const DynamicTable::Entry entry = table[age];
    if (same_text(entry.name, name) && same_text(entry.value, value)) return age;
  }
  return kNone;
}

std::uint32_t FieldIndex::find_name(const DynamicTable& table, std::uint64_t hash,
                                    std::string_view name) const {
  if (capacity_ == 0) {
    for (std::uint32_t age = 0; age < table.count(); ++age) {
      if (same_text(table[age].name, name)) return age;
    }
    return kNone;
  }
  const std::uint32_t newest = table.inserted() - 1;
  std::uint32_t age = newest - newest_name_[bucket(hash)];
  while (age < table.count()) {
    if (same_text(table[age].name, name)) return age;
    const std::uint32_t older = newest - links(newest - age).older_name;
    if (older <= age) break;
    age = older;
  }
  return kNone;
}

void FieldIndex::add(const DynamicTable& table, std::uint64_t field_hash, std::uint64_t name_hash) {
  const std::uint32_t wanted = std::min(table.count() + 1, kMaxEntries);
  if (wanted > std::max(capacity_, kUnindexed)) {
    rebuild(table, capacity_ == 0 ? kFirstCapacity : kMaxEntries);
  }
  if (capacity_ != 0) link(table.inserted(), field_hash, name_hash);
}

void FieldIndex::link(std::uint32_t number, std::uint64_t field_hash, std::uint64_t name_hash) {
  std::uint32_t& newest_field = newest_field_[bucket(field_hash)];
  std::uint32_t& newest_name = newest_name_[bucket(name_hash)];
  links(number) = {static_cast<std::uint32_t>(field_hash), newest_field, newest_name};
  newest_field = number;
  newest_name = number;
}

void FieldIndex::rebuild(const DynamicTable& table, std::uint32_t capacity) {
  static_assert(std::has_single_bit(kFirstCapacity) && std::has_single_bit(kMaxEntries));
  newest_field_ = std::make_unique<std::uint32_t[]>(capacity);
  newest_name_ = std::make_unique<std::uint32_t[]>(capacity);
  links_ = std::make_unique<Links[]>(capacity);
  capacity_ = capacity;
  shift_ = 64 - std::countr_zero(capacity);
  for (std::uint32_t age = table.count(); age-- > 0;) {
    const DynamicTable::Entry entry = table[age];
    const std::uint64_t name_hash = hash_text(entry.name);
    link(table.inserted() - 1 - age, hash_field(name_hash, hash_text(entry.value)), name_hash);
  }
}

}  // namespace farcall::hpack
