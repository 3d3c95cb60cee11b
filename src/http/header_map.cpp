#include "http/header_map.hpp"

#include <cassert>
#include <cstring>
#include <memory>

namespace farcall::http {

void HeaderMap::separate() {
  auto content = std::make_unique<Content>();
  if (content_ != nullptr) {
    content->bytes = Buffer::copy_of(content_->bytes.view());
    content->entries = content_->entries;
    --content_->owners;
  }
  content_ = content.release();
}

void HeaderMap::vary(const HeaderMap& other, std::span<const Variation> variations) {
  assert(empty() && !other.empty() && other.size() <= kMostVaried && other.varied() == 0);
  const Content& from = *other.content_;
  const std::byte* const bytes = from.bytes.data();
  Content& content = own();
  content.entries = from.entries;
  // Between the varied values everything is as it was, but may lie elsewhere.
  std::size_t done = 0;
  std::size_t place = 0;
  std::uint32_t varied = 0;
  for (const Variation& variation : variations) {
    Entry& entry = content.entries[variation.place];
    const std::size_t value_at = std::size_t{entry.offset} + entry.name_length;
    const auto moved = static_cast<std::uint32_t>(content.bytes.size() - done);
    for (; place <= variation.place; ++place) content.entries[place].offset += moved;
    content.bytes.append({bytes + done, value_at - done});
    content.bytes.append(std::as_bytes(std::span(variation.value)));
    done = value_at + entry.value_length;
    entry.value_length = static_cast<std::uint32_t>(variation.value.size());
    varied |= 1U << variation.place;
  }
  const auto moved = static_cast<std::uint32_t>(content.bytes.size() - done);
  for (; place < content.entries.size(); ++place) content.entries[place].offset += moved;
  content.bytes.append({bytes + done, from.bytes.size() - done});
  if (varied == 0) return;
  content.varied = varied;
  content.other = other.content_;
  ++content.other->owners;
}

std::optional<std::string_view> HeaderMap::find(std::string_view name) const {
  const KnownName known = known_name(name);
  for (const Field& field : *this) {
    if (field.known == known && (known != KnownName::other || field.name == name)) return field.value;
  }
  return std::nullopt;
}

bool HeaderMap::has_same_content(const HeaderMap& other) const {
  if (size() != other.size()) return false;
  if (empty()) return true;
  return content_->bytes.text() == other.content_->bytes.text() &&
         std::memcmp(content_->entries.data(), other.content_->entries.data(), size() * sizeof(Entry)) == 0;
}

}  // namespace farcall::http
