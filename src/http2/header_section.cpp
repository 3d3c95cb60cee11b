#include "http2/header_section.hpp"

#include "hpack/static_table.hpp"
#include "http2/field_rules.hpp"

#include <array>
#include <span>

namespace farcall::http2 {
namespace {

using http::KnownName;

// Pseudo-header fields, as bits of what a section has shown.
constexpr std::uint8_t bit_of(KnownName name) {
  return static_cast<std::uint8_t>(1U << (static_cast<unsigned>(name) - 1));
}
constexpr std::uint8_t kMethod = bit_of(KnownName::method);
constexpr std::uint8_t kScheme = bit_of(KnownName::scheme);
constexpr std::uint8_t kAuthority = bit_of(KnownName::authority);
constexpr std::uint8_t kPath = bit_of(KnownName::path);
constexpr std::uint8_t kStatus = bit_of(KnownName::status);

// What is noted of a field that breaks no rule by itself: this, and which name it has. What a section is or
// has shown before is not in it.
constexpr hpack::FieldNote kSound = 0x100;

constexpr hpack::FieldNote note_of(KnownName name) {
  return static_cast<hpack::FieldNote>(kSound | static_cast<unsigned>(name));
}
constexpr KnownName name_of(hpack::FieldNote note) {
  return static_cast<KnownName>(note & 0xff);
}

/// The notes of the static table's fields, by index. The one field that HTTP/2 forbids has none.
constexpr std::array<hpack::FieldNote, hpack::kStaticCount + 1> static_notes() {
  std::array<hpack::FieldNote, hpack::kStaticCount + 1> notes{};
  for (std::uint32_t index = 1; index <= hpack::kStaticCount; ++index) {
    const std::string_view name = hpack::static_field(index).name;
    if (name != "transfer-encoding") notes[index] = note_of(http::known_name(name));
  }
  return notes;
}
constexpr std::array<hpack::FieldNote, hpack::kStaticCount + 1> kStaticNotes = static_notes();

/// Sound, and nothing that a section could object to.
bool is_plain(hpack::FieldNote note) {
  return note == note_of(KnownName::other) || note > note_of(KnownName::content_length);
}

/// What is known already; 0 if nothing is.
hpack::FieldNote note_from(const hpack::FieldOrigin& origin) {
  const bool is_static = origin.entry != 0 && origin.entry <= hpack::kStaticCount;
  return is_static ? kStaticNotes[origin.entry] : origin.note;
}

/// RFC 9113 §8.2 and §8.2.2; 0 for a field that breaks a rule. `note_of_name`: of a field with the same name,
/// or 0.
hpack::FieldNote judge(std::string_view name, std::string_view value, hpack::FieldNote note_of_name) {
  if (!is_field_value(value)) return 0;
  const bool name_is_sound = note_of_name != 0;
  const KnownName known = name_is_sound ? name_of(note_of_name) : http::known_name(name);
  if (known == KnownName::other && !name_is_sound && !is_field_name(name)) return 0;
  const bool may_be_specific = known == KnownName::te || (known == KnownName::other && !name_is_sound);
  return may_be_specific && is_connection_specific(name, value) ? hpack::FieldNote{0} : note_of(known);
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
  entries_.clear();
  known_ = nullptr;
}

void HeaderSection::follow(KnownSection& known) {
  known_ = &known;
  at_ = varied_ = 0;
}

hpack::FieldNote HeaderSection::on_field(std::string_view name, std::string_view value,
                                         const hpack::FieldOrigin& origin) {
  size_ += name.size() + value.size() + http::kFieldOverhead;
  ++count_;
  if (size_ > max_size_ || count_ > max_count_) too_large_ = true;
  if (known_ != nullptr && known_->is_from(origin.entry, at_) && !too_large_) [[likely]] {
    ++at_;
    return origin.note;
  }
  return take(name, value, origin);
}

/// A field that is not known by where it comes from.
[[gnu::noinline]] hpack::FieldNote HeaderSection::take(std::string_view name, std::string_view value,
                                                       const hpack::FieldOrigin& origin) {
  if (kind_ == Kind::unwanted) return origin.note;
  hpack::FieldNote note = origin.note;
  if (known_ != nullptr) {
    if (is_known(name, value, origin, note)) return note;
    leave_known();
    note = origin.note;
  }
  entries_.push_back(origin.entry);
  if (is_plain(note)) {
    regular_seen_ = true;
  } else {
    note = look_at(name, value, origin);
  }
  // After the first field that did not fit none is kept: a later one might mean something else without it.
  if (note != 0 && !too_large_) map_.append({name, value, origin.never_indexed, name_of(note)});
  return note;
}

/// Whether the field is the next of those that are followed, and if so, what is to be noted of it.
bool HeaderSection::is_known(std::string_view name, std::string_view value, const hpack::FieldOrigin& origin,
                             hpack::FieldNote& note) {
  if (too_large_ || at_ == known_->entries().size()) return false;
  note = note_from(origin);
  if (note == 0) note = judge(name, value, origin.note_of_name);
  const http::Field field = known_->fields()[at_];
  if (note == 0 || name_of(note) != field.known || origin.never_indexed != field.never_indexed ||
      (field.known == KnownName::other && name != field.name))
    return false;
  if (value != field.value) {
    if (!is_plain(note) || varied_ == kMostVariations) return false;
    places_[varied_] = at_;
    texts_[varied_].assign(value);
    ++varied_;
  } else {
    known_->moved(at_, origin.entry);
  }
  ++at_;
  return true;
}

/// The section is another one: what was followed so far is taken as if it had been looked at.
void HeaderSection::leave_known() {
  const KnownSection& known = *std::exchange(known_, nullptr);
  std::uint32_t next = 0;
  for (std::uint32_t i = 0; i < at_; ++i) {
    http::Field field = known.fields()[i];
    const bool varied = next < varied_ && places_[next] == i;
    if (varied) field.value = texts_[next++];
    malformed_ = malformed_ || !accept(field.known, field.value);
    map_.append(field);
    entries_.push_back(varied ? 0 : known.entries()[i]);
  }
}

bool HeaderSection::finish() {
  if (known_ == nullptr) return false;
  if (too_large_ || at_ != known_->entries().size()) {
    leave_known();
    return false;
  }
  const KnownSection& known = *std::exchange(known_, nullptr);
  content_length_ = known.facts().content_length;
  pseudo_seen_ = known.facts().pseudo_seen;
  if (varied_ == 0) {
    map_ = known.fields();
    return true;
  }
  std::array<http::HeaderMap::Variation, kMostVariations> variations;
  for (std::uint32_t i = 0; i < varied_; ++i) variations[i] = {places_[i], texts_[i]};
  map_.vary(known.fields(), std::span(variations).first(varied_));
  return true;
}

/// What is to be noted of the field; checks it against the section.
hpack::FieldNote HeaderSection::look_at(std::string_view name, std::string_view value,
                                        const hpack::FieldOrigin& origin) {
  hpack::FieldNote note = note_from(origin);
  if (note == 0) note = judge(name, value, origin.note_of_name);
  malformed_ = malformed_ || note == 0 || !accept(name_of(note), value);
  return note;
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

/// What a field may be depends on the section and on what came before it.
bool HeaderSection::accept(KnownName name, std::string_view value) {
  if (http::is_pseudo(name)) return accept_pseudo(name, value);
  regular_seen_ = true;
  return name != KnownName::content_length || accept_content_length(value);
}

/// RFC 9113 §8.3: before all others, each once, only those that the section defines; no empty :path (§8.3.1).
bool HeaderSection::accept_pseudo(KnownName name, std::string_view value) {
  const std::uint8_t bit = bit_of(name);
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
