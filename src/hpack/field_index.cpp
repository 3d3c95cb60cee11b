#include "hpack/field_index.hpp"

namespace farcall::hpack {

std::uint32_t FieldIndex::find_name(const DynamicTable& table, std::uint64_t hash,
                                    std::string_view name) const {
  const std::uint32_t newest = table.inserted() - 1;
  std::uint32_t age = newest - newest_name_[bucket(hash)];
  while (age < table.count()) {
    if (same_text(table[age].name, name)) return age;
    const std::uint32_t older = newest - links_[(newest - age) % kMaxEntries].older_name;
    if (older <= age) break;
    age = older;
  }
  return kNone;
}

void FieldIndex::add(std::uint32_t number, std::uint64_t field_hash, std::uint64_t name_hash) {
  std::uint32_t& newest_field = newest_field_[bucket(field_hash)];
  std::uint32_t& newest_name = newest_name_[bucket(name_hash)];
  links_[number % kMaxEntries] = {static_cast<std::uint32_t>(field_hash), newest_field, newest_name};
  newest_field = number;
  newest_name = number;
}

}  // namespace farcall::hpack
