#include "http2/header_section.hpp"

#include "http2/field_rules.hpp"

namespace farcall::http2 {
namespace {

// Pseudo-header fields, as bits of what a section has shown.
constexpr std::uint8_t kMethod = 1;
constexpr std::uint8_t kScheme = 2;
constexpr std::uint8_t kAuthority = 4;
constexpr std::uint8_t kPath = 8;
constexpr std::uint8_t kStatus = 16;

std::uint8_t pseudo_bit(std::string_view name) {
  switch (name.size()) {
    case 5:
      return name == ":path" ? kPath : 0;
    case 7:
      if (name == ":method") return kMethod;
      if (name == ":scheme") return kScheme;
      return name == ":status" ? kStatus : 0;
    case 10:
      return name == ":authority" ? kAuthority : 0;
    default:
      return 0;
  }
}

}  // namespace

void HeaderSection::begin(Kind kind) {
  kind_ = kind;
  malformed_ = too_large_ = regular_seen_ = connect_ = false;
  pseudo_seen_ = 0;
  status_ = 0;
  skipped_ = 0;
  size_ = count_ = 0;
  content_length_.reset();
}

void HeaderSection::on_field(std::string_view name, std::string_view value, bool never_indexed) {
  size_ += name.size() + value.size() + http::kFieldOverhead;
  ++count_;
  if (kind_ == Kind::unwanted) return;
  if (!malformed_) check_field(name, value);
  if (size_ > max_size_ || count_ > max_count_) too_large_ = true;
  // After the first field that did not fit none is kept: a later one might mean something else without it.
  if (!too_large_) map_.append(name, value, never_indexed);
}

void HeaderSection::count_skipped(std::uint32_t total) {
  if (total == skipped_) return;
  size_ += (total - skipped_) * max_size_;
  count_ += total - skipped_;
  skipped_ = total;
  too_large_ = true;
}

HeaderSection::Excess HeaderSection::excess() const {
  if (size_ > max_size_ * Limits::kHeaderOverrun) return Excess::list_size;
  if (count_ > max_count_ * Limits::kHeaderOverrun) return Excess::count;
  return Excess::none;
}

void HeaderSection::check_field(std::string_view name, std::string_view value) {
  if (!is_field_value(value)) {
    malformed_ = true;
  } else if (!name.empty() && name[0] == ':') {
    malformed_ = !accept_pseudo(name, value);
  } else {
    regular_seen_ = true;
    malformed_ = !is_field_name(name) || is_connection_specific(name, value) ||
                 (name == "content-length" && !accept_content_length(value));
  }
}

/// RFC 9113 §8.3: before all others, each once, only those that the section defines; no empty :path (§8.3.1).
bool HeaderSection::accept_pseudo(std::string_view name, std::string_view value) {
  std::uint8_t bit = pseudo_bit(name);
  std::uint8_t allowed = 0;
  if (kind_ == Kind::request) allowed = kMethod | kScheme | kAuthority | kPath;
  if (kind_ == Kind::response) allowed = kStatus;
  if (regular_seen_ || (bit & allowed) == 0 || (pseudo_seen_ & bit) != 0) return false;
  pseudo_seen_ |= bit;
  if (bit == kStatus) {
    status_ = parse_status(value).value_or(0);
    return status_ != 0 && status_ != 101;  // §8.6
  }
  if (bit == kMethod) connect_ = value == "CONNECT";
  return bit == kAuthority || !value.empty();
}

bool HeaderSection::accept_content_length(std::string_view value) {
  std::optional<std::uint64_t> length = parse_content_length(value);
  if (!length || (content_length_ && *content_length_ != *length)) return false;
  content_length_ = length;
  return true;
}

bool HeaderSection::complete() const {
  // What is missing may be among what did not fit.
  if (too_large_) return true;
  switch (kind_) {
    case Kind::request:
      // §8.5: CONNECT names an authority and nothing else.
      if (connect_) return pseudo_seen_ == (kMethod | kAuthority);
      return (pseudo_seen_ | kAuthority) == (kMethod | kScheme | kPath | kAuthority);
    case Kind::response:
      return pseudo_seen_ == kStatus;
    default:
      return true;
  }
}

}  // namespace farcall::http2
