#include "http/header_map.hpp"

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
