#pragma once

#include "hpack/decoder.hpp"
#include "http/header_map.hpp"
#include "http2/known_section.hpp"
#include "http2/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace farcall::http2 {

/// A header section while its block is decoded: collects the fields within the limits, and checks them
/// against RFC 9113 §8.2 and §8.3 as they come. Also the sections that nobody wants are counted, for their
/// cost is the same.
class HeaderSection final : public hpack::FieldSink {
 public:
  enum class Kind : std::uint8_t {
    request,
    response,
    trailers,
    unwanted,  ///< Of a refused, closed or reset stream: decoded for the sake of the table.
  };
  enum class Excess : std::uint8_t { none, list_size, count };

  explicit HeaderSection(const Limits& limits)
      : max_size_(limits.max_header_list_size), max_count_(limits.max_header_count) {}

  void begin(Kind kind);
  /// Of a request that has just begun: its fields may be those of `known`, which stays until `finish`.
  void follow(KnownSection& known) {
    known_ = &known;
    known.begin();
  }
  /// Takes the fields, unless nobody wants them; what it holds is cleared.
  void provide(http::HeaderMap&& room) {
    map_ = std::move(room);
    map_.clear();
  }
  hpack::FieldNote on_field(std::string_view name, std::string_view value,
                            const hpack::FieldOrigin& origin) override;
  /// The decoder has skipped fields for their length; `total` in this block.
  void count_skipped(std::uint32_t total);
  /// The block has ended. True if the section is the one it followed, but for values.
  [[nodiscard]] bool finish();

  [[nodiscard]] Kind kind() const { return kind_; }
  /// A limit was exceeded so far that the connection must end.
  [[nodiscard]] Excess excess() const;
  /// A limit was exceeded: the map holds what came before.
  [[nodiscard]] bool too_large() const { return too_large_; }
  /// Only once the block has ended: breaks a rule that makes the message malformed (§8.1.1).
  [[nodiscard]] bool malformed() const { return malformed_ || !complete(); }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const { return content_length_; }
  /// Of a response.
  [[nodiscard]] std::uint16_t status() const { return status_; }
  [[nodiscard]] const http::HeaderMap& fields() const { return map_; }
  [[nodiscard]] KnownSection::Facts facts() const { return {content_length_, pseudo_seen_, connect_}; }
  [[nodiscard]] http::HeaderMap take_fields() { return std::move(map_); }

 private:
  hpack::FieldNote take(std::string_view name, std::string_view value, const hpack::FieldOrigin& origin);
  [[nodiscard]] hpack::FieldNote take_followed(std::string_view name, std::string_view value,
                                               const hpack::FieldOrigin& origin);
  void leave_known();
  hpack::FieldNote look_at(std::string_view name, std::string_view value, const hpack::FieldOrigin& origin);
  bool accept(http::KnownName name, std::string_view value);
  bool accept_pseudo(http::KnownName name, std::string_view value);
  bool accept_content_length(std::string_view value);
  [[nodiscard]] bool complete() const;

  std::size_t max_size_;
  std::size_t max_count_;

  Kind kind_ = Kind::unwanted;
  bool malformed_ = false;
  bool too_large_ = false;
  bool regular_seen_ = false;
  bool connect_ = false;
  std::uint8_t pseudo_seen_ = 0;
  std::uint16_t status_ = 0;
  std::uint32_t skipped_ = 0;
  std::size_t size_ = 0;
  std::size_t count_ = 0;
  std::optional<std::uint64_t> content_length_;
  http::HeaderMap map_;
  KnownSection* known_ = nullptr;  // while it is decoded
};

}  // namespace farcall::http2
