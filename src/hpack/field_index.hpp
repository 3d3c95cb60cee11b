#pragma once

#include "hpack/dynamic_table.hpp"
#include "hpack/field_hash.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace farcall::hpack {

/// Finds entries of the encoder's dynamic table by field and by name, in memory that grows with the table.
///
/// Two chained hash tables whose links name entries by their number. Nothing is ever removed: a chain runs
/// from newer to older entries, and ends at the first that the table has evicted. A table of a few entries,
/// which is all that most connections have, needs neither: it is searched from end to end.
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

  /// To be called right before the field is inserted into `table`, unless it is too large for it.
  void add(const DynamicTable& table, std::uint64_t field_hash, std::uint64_t name_hash);

 private:
  static constexpr std::uint32_t kMaxEntries = kMaxTableSize / kEntryOverhead;
  /// Up to so many entries are searched without an index; the first one has room for kFirstCapacity.
  static constexpr std::uint32_t kUnindexed = 8;
  static constexpr std::uint32_t kFirstCapacity = 32;

  struct Links {
    std::uint32_t field_hash;
    std::uint32_t older_field;
    std::uint32_t older_name;
  };

  [[nodiscard]] std::size_t bucket(std::uint64_t hash) const { return hash >> shift_; }
  [[nodiscard]] Links& links(std::uint32_t number) const { return links_[number & (capacity_ - 1)]; }
  [[nodiscard]] static std::uint32_t search_field(const DynamicTable& table, std::string_view name,
                                                  std::string_view value);
  void link(std::uint32_t number, std::uint64_t field_hash, std::uint64_t name_hash);
  void rebuild(const DynamicTable& table, std::uint32_t capacity);

  std::uint32_t capacity_ = 0;  // entries and buckets: a power of two, or 0
  int shift_ = 0;
  std::unique_ptr<std::uint32_t[]> newest_field_;
  std::unique_ptr<std::uint32_t[]> newest_name_;
  std::unique_ptr<Links[]> links_;
};

// Both walks stop where the ages no longer grow: a bucket that was never used, and a number that came round
// again after 2^32 insertions, lead somewhere, but not in circles. What they find is compared in full anyway.

inline std::uint32_t FieldIndex::find_field(const DynamicTable& table, std::uint64_t hash,
                                            std::string_view name, std::string_view value) const {
  if (capacity_ == 0) return search_field(table, name, value);
  const std::uint32_t newest = table.inserted() - 1;
  std::uint32_t age = newest - newest_field_[bucket(hash)];
  while (age < table.count()) {
    const Links& linked = links(newest - age);
    if (linked.field_hash == static_cast<std::uint32_t>(hash)) {
      const DynamicTable::Entry entry = table[age];
      if (same_text(entry.name, name) && same_text(entry.value, value)) return age;
    }
    const std::uint32_t older = newest - linked.older_field;
    if (older <= age) break;
    age = older;
  }
  return kNone;
}

}  // namespace farcall::hpack
