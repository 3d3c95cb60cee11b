#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace farcall::hpack {

/// SETTINGS_HEADER_TABLE_SIZE until the peer says otherwise (RFC 9113 §6.5.2).
inline constexpr std::size_t kDefaultTableSize = 4096;
/// What somebody has found out about a field, in his own terms; 0: nothing.
using FieldNote = std::uint16_t;
/// What an entry counts beyond its name and value (RFC 7541 §4.1).
inline constexpr std::size_t kEntryOverhead = 32;

/// The dynamic table of RFC 7541 §2.3.2, the same for both directions: entries come in at the front and are
/// evicted from the back.
///
/// Entries are a ring; their bytes lie one behind the other in a single buffer of at most twice the largest
/// size that the table had. When the buffer's end is reached the living bytes move to its front, so every
/// insertion pays for moving no more bytes than it added. Both grow with use: a table that holds little costs
/// little.
class DynamicTable {
 public:
  struct Entry {
    std::string_view name;
    std::string_view value;
    FieldNote note = 0;
  };

  explicit DynamicTable(std::size_t max_size = kDefaultTableSize) : max_size_(max_size) {}

  /// The sum of the entries' sizes, as RFC 7541 §4.1 counts them.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t max_size() const { return max_size_; }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  /// How many entries were ever inserted, modulo 2^32: the entry of age `a` was number inserted() - 1 - a.
  [[nodiscard]] std::uint32_t inserted() const { return inserted_; }

  /// `age`: 0 for the newest, less than count(). The views are valid until the next insert.
  [[nodiscard]] Entry operator[](std::uint32_t age) const {
    const Place& place = ring_[(inserted_ - 1 - age) & (ring_size_ - 1)];
    const char* const name = bytes_.get() + place.offset;
    return {{name, place.name_length}, {name + place.name_length, place.value_length}, place.note};
  }
  /// `age` as above. Stays with the entry.
  void set_note(std::uint32_t age, FieldNote note) {
    ring_[(inserted_ - 1 - age) & (ring_size_ - 1)].note = note;
  }

  /// Evicts what no longer fits (RFC 7541 §4.3).
  void set_max_size(std::size_t max_size);

  /// Evicts what must go and adds the entry (RFC 7541 §4.4). An entry larger than the table empties it and is
  /// not added. `name` may be that of an entry of this table, also of one that is evicted; `value` may not.
  void insert(std::string_view name, std::string_view value, FieldNote note = 0);

  void clear();

 private:
  struct Place {
    std::uint32_t offset;
    std::uint32_t name_length;
    std::uint32_t value_length;
    FieldNote note;
  };

  [[nodiscard]] std::size_t size_of(std::uint32_t age) const;
  void evict_to(std::size_t size);
  void make_room_for_bytes(std::size_t wanted, std::string_view& name);
  void grow_ring();

  std::size_t max_size_;
  std::size_t size_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t inserted_ = 0;

  std::uint32_t ring_size_ = 0;  // a power of two, or 0
  std::unique_ptr<Place[]> ring_;

  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // of the oldest entry's bytes
  std::size_t end_ = 0;    // of the newest entry's bytes
  std::unique_ptr<char[]> bytes_;
};

}  // namespace farcall::hpack
