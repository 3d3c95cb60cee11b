#pragma once

#include "http/known_name.hpp"

#include <farcall/buffer.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::http {

/// One header field as it is read out of a HeaderMap; valid as long as the map is not changed.
struct Field {
  std::string_view name;
  std::string_view value;
  /// The sender asked that no intermediary ever puts the field in a compression table (RFC 7541 §7.1.3).
  bool never_indexed = false;
  /// Which name it is: always known_name(name).
  KnownName known = KnownName::other;
};

/// What RFC 9113 §6.5.2 counts for one field in SETTINGS_MAX_HEADER_LIST_SIZE.
inline constexpr std::size_t kFieldOverhead = 32;

/// What an application has made of a header section, kept with its content: see HeaderMap::keep_meaning.
class Meaning {
 public:
  Meaning() = default;
  Meaning(const Meaning&) = delete;
  Meaning& operator=(const Meaning&) = delete;
  virtual ~Meaning() = default;
};

/// The fields of one header or trailer block, pseudo-header fields included, in the order of the wire,
/// duplicates kept. Names are lower case.
///
/// One pointer wide. A copy shares the content until one of the two is changed, so copies belong to one
/// thread; moving costs nothing. All bytes lie in one buffer, so a map that is cleared and filled again
/// allocates nothing.
class HeaderMap {
 public:
  HeaderMap() = default;
  HeaderMap(const HeaderMap& other) : content_(other.content_) {
    if (content_ != nullptr) ++content_->owners;
  }
  HeaderMap(HeaderMap&& other) noexcept : content_(std::exchange(other.content_, nullptr)) {}
  HeaderMap& operator=(HeaderMap other) noexcept {
    std::swap(content_, other.content_);
    return *this;
  }
  ~HeaderMap() { let_go(content_); }

  /// `name` and `value` are not views into this map.
  void append(std::string_view name, std::string_view value, bool never_indexed = false) {
    append({name, value, never_indexed, known_name(name)});
  }
  void append(const Field& field) {
    assert(field.known == known_name(field.name));
    Content& content = own();
    const std::size_t name = field.name.size();
    const std::size_t value = field.value.size();
    content.entries.push_back({static_cast<std::uint32_t>(content.bytes.size()),
                               static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(value),
                               static_cast<std::uint16_t>(field.never_indexed ? 1 : 0),
                               static_cast<std::uint16_t>(field.known)});
    std::byte* to = content.bytes.extend(name + value);
    if (name > 0 && field.name.data() + name == field.value.data()) {  // as compression tables keep them
      std::memcpy(to, field.name.data(), name + value);
      return;
    }
    if (name > 0) std::memcpy(to, field.name.data(), name);
    if (value > 0) std::memcpy(to + name, field.value.data(), value);
  }

  [[nodiscard]] std::size_t size() const { return content_ ? content_->entries.size() : 0; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] Field operator[](std::size_t i) const {
    const Entry& entry = content_->entries[i];
    const char* name = content_->bytes.text().data() + entry.offset;
    return {{name, entry.name_length},
            {name + entry.name_length, entry.value_length},
            entry.never_indexed != 0,
            static_cast<KnownName>(entry.known)};
  }

  /// The value of the first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  /// The size as SETTINGS_MAX_HEADER_LIST_SIZE counts it: names, values and 32 for each field.
  [[nodiscard]] std::size_t list_size() const {
    return content_ ? content_->bytes.size() + kFieldOverhead * content_->entries.size() : 0;
  }

  /// The same fields in the same order.
  [[nodiscard]] bool operator==(const HeaderMap& other) const {
    return content_ == other.content_ || has_same_content(other);
  }

  /// A field that differs from one in the same place of another map.
  struct Variation {
    std::uint32_t place = 0;
    std::string_view value;
  };
  /// Most fields that a map may have for `vary`.
  static constexpr std::size_t kMostVaried = 32;
  /// Becomes `other`, which is not empty, no variation and has at most kMostVaried fields, with other values
  /// in some places, and keeps a share of its content. `variations` are in the order of their places, and no
  /// views into this map. Only if this map is empty.
  void vary(const HeaderMap& other, std::span<const Variation> variations);
  /// Of a variation that was not changed since: the places whose values are its own, as bits.
  [[nodiscard]] std::uint32_t varied() const { return content_ ? content_->varied : 0; }
  /// The `meaning` of the map that this is a variation of; null if there is none, or it is none.
  [[nodiscard]] const Meaning* varied_meaning() const {
    return varied() != 0 ? content_->other->meaning.get() : nullptr;
  }

  /// Leaves with the content, for all maps that share it, what their owner has found out about it; it may
  /// hold views into the fields. Forgotten with the content, and when a field is added. Only maps whose
  /// content is not empty.
  void keep_meaning(std::unique_ptr<Meaning> meaning) { content_->meaning = std::move(meaning); }
  /// Null if nothing was kept. Of whatever type the owner has given, which is for him to know.
  [[nodiscard]] const Meaning* meaning() const { return content_ ? content_->meaning.get() : nullptr; }

  /// A copy shares what this one holds: clearing it keeps no memory.
  [[nodiscard]] bool shared() const { return content_ != nullptr && content_->owners > 1; }

  void clear() {
    if (shared()) {
      *this = HeaderMap();
    } else if (content_ != nullptr) {
      content_->forget();
      content_->bytes.clear();
      content_->entries.clear();
    }
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
  [[nodiscard]] Iterator end() const { return {*this, size()}; }

 private:
  /// Without padding, so that entries can be compared as memory.
  struct Entry {
    std::uint32_t offset;
    std::uint32_t name_length;
    std::uint32_t value_length;
    std::uint16_t never_indexed;
    std::uint16_t known;
  };
  struct Content {
    std::uint32_t owners = 1;
    Buffer bytes;
    std::vector<Entry> entries;
    std::uint32_t varied = 0;          // by place: the value is not that of `other`
    Content* other = nullptr;          // one of whose owners this is
    std::unique_ptr<Meaning> meaning;  // goes before what it refers to

    Content() = default;
    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;
    ~Content() { let_go(other); }
    /// What is known of the content, which is about to change.
    void forget() {
      meaning.reset();
      varied = 0;
      let_go(std::exchange(other, nullptr));
    }
  };

  static void let_go(Content* content) {
    if (content != nullptr && --content->owners == 0) delete content;
  }

  /// The content, for this map alone.
  Content& own() {
    if (content_ == nullptr || content_->owners > 1) separate();
    if (content_->meaning || content_->varied != 0) content_->forget();
    return *content_;
  }
  void separate();
  [[nodiscard]] bool has_same_content(const HeaderMap& other) const;

  /// Null until the first field.
  Content* content_ = nullptr;
};

}  // namespace farcall::http
