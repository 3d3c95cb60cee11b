#include "load/answer_headers.hpp"

#include "peers/floor/wire.hpp"
#include "program/metadata_entries.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace bench::load {
namespace {

class Search final : public farcall::hpack::FieldSink {
 public:
  explicit Search(std::string_view name) : name_(name) {}

  farcall::hpack::FieldNote on_field(std::string_view name, std::string_view value,
                                     const farcall::hpack::FieldOrigin& /*origin*/) override {
    if (name == name_) found_ = value;
    if (name == "grpc-message") message_ = value;
    if (name.starts_with(kMetadataPrefix)) ++entries_;
    return 0;
  }
  [[nodiscard]] const std::string& found() const { return found_; }
  [[nodiscard]] int entries() const { return entries_; }
  [[nodiscard]] const std::string& message() const { return message_; }

 private:
  std::string_view name_;
  std::string found_;
  std::string message_;
  int entries_ = 0;
};

/// Made of indexed fields alone, an octet each: decoding it changes nothing (RFC 7541 §6.1).
bool only_names_entries(std::span<const std::uint8_t> block) {
  return std::all_of(block.begin(), block.end(),
                     [](std::uint8_t octet) { return octet > 0x80 && octet < 0xff; });
}

}  // namespace

void AnswerHeaders::check(std::span<const std::uint8_t> block, std::string& known, const char* name,
                          const char* value, int metadata) {
  if (!known.empty() && block.size() == known.size() &&
      std::memcmp(block.data(), known.data(), block.size()) == 0)
    return;
  Search search(name);
  const farcall::base::ByteView bytes(reinterpret_cast<const std::byte*>(block.data()), block.size());
  if (decoder_.decode(bytes, true, search)) floor_peer::surprised("the server sent bad HPACK");
  if (search.found() != value) {
    const std::string text =
        std::string(name) + " is '" + search.found() + "', not " + value + ": " + search.message();
    floor_peer::surprised(text.c_str());
  }
  if (search.entries() != metadata) floor_peer::surprised("the metadata did not come back");
  if (only_names_entries(block)) {
    known.assign(reinterpret_cast<const char*>(block.data()), block.size());
  } else {
    first_.clear();
    last_.clear();
  }
}

}  // namespace bench::load
