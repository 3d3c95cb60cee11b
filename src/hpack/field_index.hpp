#pragma once

#include "hpack/dynamic_table.hpp"
#include "hpack/field_hash.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farcall::hpack {

/// Finds entries of the encoder's dynamic table by field and by name, in constant space and without
/// allocation.
///
/// Two chained hash tables whose links name entries by their number. Nothing is ever removed: a chain runs
/// from newer to older entries, and ends at the first that the table has evicted.
class FieldIndex {
 public:
  /// The largest table that can be indexed: none of its entries is smaller than kEntryOverhead.
  static constexpr std::size_t kMaxTableSize = kDefaultTableSize;

  /// No such entry: above every age.
  static constexpr std::uint32_t kNone = kMaxTableSize;

  /// The age of an entry equal to the field, or kNone. `hash`: hash_field.
  [[nodiscard]] std::uint32_t find_field(const DynamicTable& table, std::uint64_t hash, std::string_view name,
                                         std::string_view value) const;

  /// The age of the newest entry of that name, or kNone. `hash`: hash_text.
  [[nodiscard]] std::uint32_t find_name(const DynamicTable& table, std::uint64_t hash,
                                        std::string_view name) const;

  /// To be called right before the field is inserted as number `number`, unless it is too large for the
  /// table.
  void add(std::uint32_t number, std::uint64_t field_hash, std::uint64_t name_hash);

 private:
  static constexpr std::size_t kMaxEntries = kMaxTableSize / kEntryOverhead;
  static constexpr std::size_t kBuckets = kMaxEntries;
  static_assert((kMaxEntries & (kMaxEntries - 1)) == 0);

  struct Links {
    std::uint32_t field_hash;
    std::uint32_t older_field;
    std::uint32_t older_name;
  };

  static std::size_t bucket(std::uint64_t hash) { return hash >> 57; }
  static_assert(kBuckets == std::size_t{1} << (64 - 57));

  std::array<std::uint32_t, kBuckets> newest_field_{};
  std::array<std::uint32_t, kBuckets> newest_name_{};
  std::array<Links, kMaxEntries> links_{};
};

// Both walks stop where the ages no longer grow: a bucket that was never used, and a number that came round
// again after 2^32 insertions, lead somewhere, but not in circles. What they find is compared in full anyway.

inline std::uint32_t FieldIndex::find_field(const DynamicTable& table, std::uint64_t hash,
                                            std::string_view name, std::string_view value) const {
  const std::uint32_t newest = table.inserted() - 1;
  std::uint32_t age = newest - newest_field_[bucket(hash)];
  while (age < table.count()) {
    const Links& links = links_[(newest - age) % kMaxEntries];
    if (links.field_hash == static_cast<std::uint32_t>(hash)) {
      const DynamicTable::Entry entry = table[age];
      if (same_text(entry.name, name) && same_text(entry.value, value)) return age;
    }
    const std::uint32_t older = newest - links.older_field;
    if (older <= age) break;
    age = older;
  }
  return kNone;
}

}  // namespace farcall::hpack
