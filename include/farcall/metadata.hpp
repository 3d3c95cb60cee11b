#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farcall {

namespace rpc {
class ReceivedMetadata;
}  // namespace rpc

/// The metadata of a call, in one direction: names with values, in order, a name any number of times.
///
/// Names are lower case. The value of a name that ends in "-bin" is any bytes, here as on the other side
/// (what they look like on the wire is not the application's concern); every other value is text. All of it
/// lies in one block, so an empty object costs nothing and a cleared one keeps its memory. Views are valid
/// until the object is changed or destroyed. Not thread-safe.
class Metadata {
 public:
  struct Entry {
    std::string_view name;
    std::string_view value;
    bool operator==(const Entry&) const = default;
  };

  Metadata() = default;

  /// Adds a value behind those already there. Spaces around a text value are dropped, as HTTP allows none.
  ///
  /// Throws std::invalid_argument, with a text that says what is wrong, for a name that is empty or has a
  /// character other than 0-9 a-z _ - . ; for a text value with a character outside 0x20 to 0x7E; and for a
  /// name that is not the application's to set: content-type, te, user-agent, HTTP's own (host, connection,
  /// ...) and "grpc-", of which only grpc-retry-pushback-ms, grpc-trace-bin and grpc-tags-bin may be added.
  void add(std::string_view name, std::string_view value);

  /// The first value of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// All its values, in order.
  [[nodiscard]] std::vector<std::string_view> values(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }

  /// Values, not distinct names.
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] bool empty() const { return places_.empty(); }
  void clear();

  class Iterator {
   public:
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const Metadata& metadata, std::size_t i) : metadata_(&metadata), i_(i) {}
    Entry operator*() const { return metadata_->entry(i_); }
    Iterator& operator++() {
      ++i_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++i_;
      return before;
    }
    bool operator==(const Iterator& other) const { return i_ == other.i_; }

   private:
    const Metadata* metadata_ = nullptr;
    std::size_t i_ = 0;
  };
  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, places_.size()}; }

  friend bool operator==(const Metadata& left, const Metadata& right);

 private:
  /// Fills in what a peer sent, which is held to HTTP's rules and not to those of `add`.
  friend class rpc::ReceivedMetadata;

  struct Place {
    std::uint32_t offset;
    std::uint32_t name_length;
    std::uint32_t value_length;
  };
  [[nodiscard]] Entry entry(std::size_t i) const {
    const Place& place = places_[i];
    const char* name = bytes_.data() + place.offset;
    return {{name, place.name_length}, {name + place.name_length, place.value_length}};
  }
  void append(std::string_view name, std::string_view value);

  /// Name and value of each entry, one behind the other.
  std::string bytes_;
  std::vector<Place> places_;
};

}  // namespace farcall
