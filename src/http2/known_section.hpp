#pragma once

#include "http/header_map.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace farcall::http2 {

/// A request's header section by the entries of the compression table that its fields came from. A client
/// that repeats a call names the same entries again, wherever they have moved to, and most calls differ from
/// the last one in the values of a field or two, such as the deadline or a trace's id: HeaderSection follows
/// what is known here, and looks only at what differs.
class KnownSection {
 public:
  /// What a section has shown.
  struct Facts {
    std::optional<std::uint64_t> content_length;
    std::uint8_t pseudo_seen = 0;
  };

  /// Whether there is one to follow. `inserted`: as the table says now.
  [[nodiscard]] bool may_be_followed(std::uint32_t inserted) {
    // Before the numbers of entries come again.
    if (inserted - inserted_ > kOutdated) forget();
    return !fields_.empty();
  }
  /// Whether the field in that place, which there need not be, came from this entry (0: none).
  [[nodiscard]] bool is_from(std::uint32_t entry, std::size_t place) const {
    return place < entries_.size() && entries_[place] == entry && entry != 0;
  }
  /// The same field has come from another entry, or as a literal (0).
  void moved(std::size_t place, std::uint32_t entry) {
    if (entry != 0) entries_[place] = entry;
  }
  /// It was followed to its end.
  void followed(std::uint32_t inserted) { inserted_ = inserted; }

  /// A section was decoded in full, is well-formed and within the limits. `entries` as FieldOrigin::entry has
  /// them. Kept at its second coming, so that what comes once costs little.
  void learn(std::span<const std::uint32_t> entries, const http::HeaderMap& fields, const Facts& facts,
             std::uint32_t inserted) {
    const bool again = is_like_last(entries, fields);
    entries_.assign(entries.begin(), entries.end());
    inserted_ = inserted;
    fields_ = again ? fields : http::HeaderMap();
    facts_ = facts;
  }
  void forget() {
    entries_ = {};
    fields_ = {};
  }

  /// 0: a literal. As many as there are fields.
  [[nodiscard]] const std::vector<std::uint32_t>& entries() const { return entries_; }
  [[nodiscard]] const http::HeaderMap& fields() const { return fields_; }
  [[nodiscard]] const Facts& facts() const { return facts_; }

 private:
  static constexpr std::uint32_t kOutdated = 1U << 30;

  /// The pseudo-header fields, which come first, are from the same entries.
  [[nodiscard]] bool is_like_last(std::span<const std::uint32_t> entries,
                                  const http::HeaderMap& fields) const {
    if (entries.size() != entries_.size() || entries.size() != fields.size() ||
        entries.size() > http::HeaderMap::kMostVaried)
      return false;
    for (std::size_t i = 0; i < entries.size() && is_pseudo(fields[i].known); ++i) {
      if (entries[i] == 0 || entries[i] != entries_[i]) return false;
    }
    return true;
  }

  std::vector<std::uint32_t> entries_;  // of the last section that was decoded in full
  http::HeaderMap fields_;              // empty if that is not to be followed
  Facts facts_;
  std::uint32_t inserted_ = 0;
};

}  // namespace farcall::http2
