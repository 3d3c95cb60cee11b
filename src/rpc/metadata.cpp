#include "rpc/received_metadata.hpp"

#include <farcall/metadata.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

namespace farcall {
namespace {

constexpr bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

constexpr bool is_text_character(char c) {
  return c >= 0x20 && c <= 0x7e;
}

/// RFC 9110 §5.5: a field value neither begins nor ends with a space.
std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

[[noreturn]] void refuse(std::string_view name, std::string_view reason) {
  throw std::invalid_argument("metadata '" + std::string(name) + "': " + std::string(reason));
}

void check_name(std::string_view name) {
  if (name.empty()) refuse(name, "a name cannot be empty");
  if (!std::all_of(name.begin(), name.end(), is_name_character)) {
    refuse(name, "a name is made of 0-9 a-z _ - . only (no upper case)");
  }
  if (rpc::is_reserved_name(name)) refuse(name, "this name is reserved for the protocol");
}

}  // namespace

void Metadata::add(std::string_view name, std::string_view value) {
  check_name(name);
  if (name.ends_with("-bin")) return append(name, value);
  if (!std::all_of(value.begin(), value.end(), is_text_character)) {
    refuse(name, "a text value is made of the characters 0x20 to 0x7E; bytes need a name that ends in -bin");
  }
  append(name, trimmed(value));
}

std::optional<std::string_view> Metadata::find(std::string_view name) const {
  for (const Entry& entry : *this) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Metadata::values(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const Entry& entry : *this) {
    if (entry.name == name) found.push_back(entry.value);
  }
  return found;
}

void Metadata::clear() {
  bytes_.clear();
  places_.clear();
}

bool operator==(const Metadata& left, const Metadata& right) {
  return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin());
}

void Metadata::append(std::string_view name, std::string_view value) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (name.size() > kMost || value.size() > kMost - name.size() ||
      bytes_.size() > kMost - name.size() - value.size()) {
    throw std::length_error("metadata of 4 GiB");
  }
  // The place first: if memory runs out in the second step, it is taken back.
  places_.push_back({static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
  try {
    bytes_.reserve(bytes_.size() + name.size() + value.size());
  } catch (...) {
    places_.pop_back();
    throw;
  }
  bytes_.append(name).append(value);
}

namespace rpc {

bool is_grpc_metadata_name(std::string_view name) {
  return name == "grpc-retry-pushback-ms" || name == "grpc-trace-bin" || name == "grpc-tags-bin";
}

bool is_reserved_name(std::string_view name) {
  // RFC 9113 §8.2.2 forbids the connection-specific ones; host and content-length describe the HTTP message,
  // not the call.
  static constexpr std::array<std::string_view, 11> kReserved = {
      "content-type",      "te",         "user-agent",    "host",
      "content-length",    "connection", "keep-alive",    "proxy-connection",
      "transfer-encoding", "upgrade",    "http2-settings"};
  if (name.starts_with("grpc-")) return !is_grpc_metadata_name(name);
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

}  // namespace rpc
}  // namespace farcall
