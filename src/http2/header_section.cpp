#include "http2/header_section.hpp"

#include "hpack/static_table.hpp"
#include "http2/field_rules.hpp"

#include <array>

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
  known_ = nullptr;
}

hpack::FieldNote HeaderSection::on_field(std::string_view name, std::string_view value,
                                         const hpack::FieldOrigin& origin) {
  size_ += name.size() + value.size() + http::kFieldOverhead;
  ++count_;
  if (size_ > max_size_ || count_ > max_count_) too_large_ = true;
  if (known_ != nullptr && !too_large_ && known_->take(origin.entry)) [[likely]]
    return origin.note;
  return take(name, value, origin);
}

/// A field that is not known by where it comes from.
[[gnu::noinline]] hpack::FieldNote HeaderSection::take(std::string_view name, std::string_view value,
                                                       const hpack::FieldOrigin& origin) {
  if (kind_ == Kind::unwanted) return origin.note;
  if (known_ != nullptr) {
    if (known_->follows()) {
      if (const hpack::FieldNote note = take_followed(name, value, origin)) return note;
      leave_known();
    }
    known_->add(origin.entry);
  }
  hpack::FieldNote note = origin.note;
  if (is_plain(note)) {
    regular_seen_ = true;
  } else {
    note = look_at(name, value, origin);
  }
  // After the first field that did not fit none is kept: a later one might mean something else without it.
  if (note != 0 && !too_large_) map_.append({name, value, origin.never_indexed, name_of(note)});
  return note;
}

/// Whether the field is the next of those that are followed, and if so, what is to be noted of it; 0 if not.
hpack::FieldNote HeaderSection::take_followed(std::string_view name, std::string_view value,
                                              const hpack::FieldOrigin& origin) {
  if (too_large_ || known_->at_end()) return 0;
  hpack::FieldNote note = note_from(origin);
  if (note == 0) note = judge(name, value, origin.note_of_name);
  const http::Field field = known_->next();
  if (note == 0 || name_of(note) != field.known || origin.never_indexed != field.never_indexed ||
      (field.known == KnownName::other && name != field.name))
    return 0;
  if (value == field.value) {
    known_->take_same(origin.entry);
    return note;
  }
  return is_plain(note) && known_->take_varied(value) ? note : hpack::FieldNote{0};
}

/// The section is another one: what was followed so far is taken as if it had been looked at.
void HeaderSection::leave_known() {
  known_->leave([this](const http::Field& field) {
    malformed_ = malformed_ || !accept(field.known, field.value);
    map_.append(field);
  });
}

bool HeaderSection::finish() {
  const bool follows = known_ != nullptr && known_->follows();
  const bool followed = follows && !too_large_ && known_->at_end();
  if (followed) {
    const KnownSection::Facts facts = known_->finish(map_);
    content_length_ = facts.content_length;
    pseudo_seen_ = facts.pseudo_seen;
    connect_ = facts.connect;
  } else if (follows) {
    leave_known();
  }
  known_ = nullptr;
  return followed;
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
