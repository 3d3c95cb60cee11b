#pragma once

#include "http/header_map.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::http2 {

/// A request's header section by the entries of the compression table that its fields came from, and how far
/// the section that is being decoded follows it.
///
/// A client that repeats a call names the same entries again, wherever they have moved to, and most calls
/// differ from the last one in the values of a field or two, such as the deadline or a trace's id. An entry
/// is named as FieldOrigin::entry has it; 0 is a literal.
class KnownSection {
 public:
  /// What a section has shown.
  struct Facts {
    std::optional<std::uint64_t> content_length;
    std::uint8_t pseudo_seen = 0;
    bool connect = false;
  };

  /// More fields that differ, or longer values of them, are another section.
  static constexpr std::size_t kMostVariations = 4;
  static constexpr std::size_t kLongestVariation = 256;

  /// Before a block is decoded; `inserted`: as the table says.
  void expire(std::uint32_t inserted) {
    if (!entries_.empty() && inserted - inserted_ >= kOutdated) forget();
  }

  /// A section begins. It follows this one, if there is one, until `leave`.
  void begin() {
    begun_.clear();
    follows_ = !fields_.empty();
    at_ = varied_ = 0;
  }
  [[nodiscard]] bool follows() const { return follows_; }
  /// Whether the next field is the one that follows, by its entry; takes it then.
  [[nodiscard]] bool take(std::uint32_t entry) {
    if (!follows_ || at_ == entries_.size() || entries_[at_] != entry || entry == 0) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool at_end() const { return at_ == entries_.size(); }
  /// The field that follows. Not at the end.
  [[nodiscard]] http::Field next() const { return fields_[at_]; }
  /// Takes it from another entry, or as a literal.
  void take_same(std::uint32_t entry) {
    if (entry != 0) entries_[at_] = entry;
    ++at_;
  }
  /// Takes it with another value. False if that is too much of a difference.
  [[nodiscard]] bool take_varied(std::string_view value) {
    if (varied_ == kMostVariations || value.size() > kLongestVariation) return false;
    places_[varied_] = at_;
    texts_[varied_].assign(value);
    ++varied_;
    ++at_;
    return true;
  }
  /// The section is another one: `each(field)` for what it has followed so far.
  template <class Each>
  void leave(Each each) {
    follows_ = false;
    pause_ = kPause;
    std::uint32_t next = 0;
    for (std::uint32_t i = 0; i < at_; ++i) {
      http::Field field = fields_[i];
      const bool varied = next < varied_ && places_[next] == i;
      if (varied) field.value = texts_[next++];
      begun_.push_back(varied ? 0 : entries_[i]);
      each(std::as_const(field));
    }
  }
  /// A section that follows none has a field from there.
  void add(std::uint32_t entry) { begun_.push_back(entry); }

  /// The section has followed this one to its end. `map`, which is empty, becomes its fields.
  Facts finish(http::HeaderMap& map) {
    follows_ = false;
    std::array<http::HeaderMap::Variation, kMostVariations> variations;
    for (std::uint32_t i = 0; i < varied_; ++i) variations[i] = {places_[i], texts_[i]};
    if (varied_ == 0) {
      map = fields_;
    } else {
      map.vary(fields_, std::span(variations).first(varied_));
    }
    return facts_;
  }
  /// The section has followed none, is well-formed and within the limits. Kept at its second coming, so that
  /// what comes once costs little, and not for a while after one was left: many fields may change each time.
  void learn(const http::HeaderMap& fields, const Facts& facts, std::uint32_t inserted) {
    const bool again = is_like_last(fields);
    if (!again) pause_ = 0;
    const bool keep = again && pause_ == 0;
    if (pause_ > 0) --pause_;
    entries_.swap(begun_);
    fields_ = keep ? fields : http::HeaderMap();
    facts_ = facts;
    inserted_ = inserted;
  }
  /// Gives back all memory.
  void forget() {
    KnownSection empty;
    std::swap(*this, empty);
  }

 private:
  static constexpr std::uint32_t kOutdated = 1U << 30;  // before the names of entries come again
  static constexpr std::uint8_t kPause = 50;

  /// The pseudo-header fields, which come first, are from the same entries.
  [[nodiscard]] bool is_like_last(const http::HeaderMap& fields) const {
    if (begun_.size() != entries_.size() || begun_.size() != fields.size() ||
        begun_.size() > http::HeaderMap::kMostVaried)
      return false;
    for (std::size_t i = 0; i < begun_.size() && is_pseudo(fields[i].known); ++i) {
      if (begun_[i] == 0 || begun_[i] != entries_[i]) return false;
    }
    return true;
  }

  std::vector<std::uint32_t> entries_;  // of the last section that followed none
  http::HeaderMap fields_;              // its fields; empty if it is not to be followed
  Facts facts_;
  std::uint32_t inserted_ = 0;  // when it was learnt
  std::uint8_t pause_ = 0;      // sections that will not be kept

  std::vector<std::uint32_t> begun_;  // of the section that is being decoded, once it follows none
  bool follows_ = false;
  std::uint32_t at_ = 0;
  std::uint32_t varied_ = 0;
  std::array<std::uint32_t, kMostVariations> places_{};
  std::array<std::string, kMostVariations> texts_;
};

}  // namespace farcall::http2
