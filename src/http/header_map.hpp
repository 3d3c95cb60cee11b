#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::http {

/// One header field as it is read out of a HeaderMap; valid as long as the map is not changed.
struct Field {
  std::string_view name;
  std::string_view value;
  /// The sender asked that no intermediary ever puts the field in a compression table (RFC 7541 §7.1.3).
  bool never_indexed = false;
};

/// What RFC 9113 §6.5.2 counts for one field in SETTINGS_MAX_HEADER_LIST_SIZE.
inline constexpr std::size_t kFieldOverhead = 32;

/// The fields of one header or trailer block, pseudo-header fields included, in the order of the wire,
/// duplicates kept. Names are lower case.
///
/// All bytes lie in one string, so a map that is cleared and filled again allocates nothing.
class HeaderMap {
 public:
  void append(std::string_view name, std::string_view value, bool never_indexed = false) {
    entries_.push_back({static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(name.size()),
                        static_cast<std::uint32_t>(value.size()), never_indexed});
    bytes_.append(name);
    bytes_.append(value);
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] Field operator[](std::size_t i) const {
    const Entry& entry = entries_[i];
    const char* name = bytes_.data() + entry.offset;
    return {{name, entry.name_length}, {name + entry.name_length, entry.value_length}, entry.never_indexed};
  }

  /// The value of the first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  /// The size as SETTINGS_MAX_HEADER_LIST_SIZE counts it: names, values and 32 for each field.
  [[nodiscard]] std::size_t list_size() const { return bytes_.size() + kFieldOverhead * entries_.size(); }

  void clear() {
    bytes_.clear();
    entries_.clear();
  }

  class Iterator {
   public:
    Iterator(const HeaderMap& map, std::size_t i) : map_(&map), i_(i) {}
    Field operator*() const { return (*map_)[i_]; }
    Iterator& operator++() {
      ++i_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return i_ == other.i_; }

   private:
    const HeaderMap* map_;
    std::size_t i_;
  };
  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, entries_.size()}; }

  /// The same fields in the same order.
  bool operator==(const HeaderMap&) const = default;

 private:
  struct Entry {
    std::uint32_t offset;
    std::uint32_t name_length;
    std::uint32_t value_length;
    bool never_indexed;
    bool operator==(const Entry&) const = default;
  };

  std::string bytes_;
  std::vector<Entry> entries_;
};

}  // namespace farcall::http
