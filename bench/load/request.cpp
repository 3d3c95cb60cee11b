#include "load/request.hpp"

#include "peers/floor/wire.hpp"
#include "program/complex_message.hpp"
#include "program/metadata_entries.hpp"

#include <algorithm>
#include <cstring>

namespace bench::load {
namespace {

constexpr std::uint32_t kA = 2;
constexpr std::uint32_t kB = 3;

void put_text(std::string& to, std::string_view text) {
  if (text.size() > 126) floor_peer::surprised("the target's name is too long");
  to += static_cast<char>(text.size());
  to += text;
}

std::string prefixed(std::string_view message) {
  std::string bytes;
  bytes += '\0';
  floor_peer::put_u32(bytes, static_cast<std::uint32_t>(message.size()));
  bytes += message;
  return bytes;
}

/// {int32 1: a; int32 2: b; int32 3: c}, as protobuf writes it.
std::string numbers(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  std::string bytes;
  const auto put = [&](char tag, std::uint32_t value) {
    if (value == 0) return;
    bytes += tag;
    floor_peer::put_varint(bytes, value);
  };
  put('\x08', a);
  put('\x10', b);
  put('\x18', c);
  return bytes;
}

}  // namespace

Request::Request(const Options& options) : workload_(options.workload) {
  make_messages(options);
  make_headers(options);
}

void Request::make_messages(const Options& options) {
  std::string message = numbers(kA, kB, options.metadata > 0 ? 1 : 0);
  reply_ = numbers(kA + kB, 0, 0);
  switch (workload_) {
    case Workload::get_sum:
      break;
    case Workload::stream_sum:
      message = numbers(kA, kB, static_cast<std::uint32_t>(options.messages));
      replies_ = options.messages;
      break;
    case Workload::collect_sum:
      messages_ = options.messages;
      reply_ = numbers((kA + kB) * static_cast<std::uint32_t>(options.messages), 0, 0);
      break;
    case Workload::echo_sum:
      messages_ = replies_ = options.messages;
      break;
    case Workload::complex:
      message = ComplexMessageBytes::make();
      reply_.clear();
      break;
    case Workload::echo:
      message = "\x0a";
      floor_peer::put_varint(message, static_cast<std::uint32_t>(options.size));
      message.append(options.size, 'x');
      reply_.clear();
      break;
  }
  reply_size_ = message.size();
  message_ = prefixed(message);
}

void Request::make_headers(const Options& options) {
  const std::string fixed = "\x83\x86";  // POST, http
  first_.bytes = next_.bytes = fixed;
  int inserted = 0;
  // Goes into the server's table the first time; `name`: an index of RFC 7541's appendix A, or 0 for `text`.
  const auto repeat = [&](int name, std::string_view text, std::string_view value) {
    first_.bytes += static_cast<char>(0x40 | name);
    if (name == 0) put_text(first_.bytes, text);
    put_text(first_.bytes, value);
    ++inserted;
  };
  repeat(4, ":path", named(workload_).path);
  repeat(1, ":authority", options.target);
  repeat(31, "content-type", "application/grpc");
  repeat(0, "te", "trailers");
  repeat(58, "user-agent", "farcall-bench-load");
  for (int entry = 0; entry < options.metadata; ++entry) {
    if (!varies(entry)) repeat(0, metadata_name(entry), metadata_value(entry, 0));
  }
  for (int back = inserted; back > 0; --back) next_.bytes += static_cast<char>(0x80 | (61 + back));
  for (int entry = 0; entry < options.metadata; entry += 1) {
    if (!varies(entry)) continue;
    for (Block* block : {&first_, &next_}) {
      block->bytes += '\0';  // a literal that goes into no table
      put_text(block->bytes, metadata_name(entry));
      put_text(block->bytes, metadata_value(entry, 0));
      block->numbers.push_back(block->bytes.size() - kMetadataValue);
    }
  }
}

std::string_view Request::with_number(Block& block, std::uint64_t call) {
  for (const std::size_t at : block.numbers) {
    for (std::size_t digit = 0; digit < kMetadataValue; ++digit)
      block.bytes[at + digit] = "0123456789abcdef"[call >> (4 * (kMetadataValue - 1 - digit)) & 15];
  }
  return block.bytes;
}

void Request::check_reply(std::size_t size, std::span<const std::uint8_t> rest) const {
  if (!reply_.empty()) {
    if (size == reply_.size() && rest.size() == size && std::memcmp(rest.data(), reply_.data(), size) == 0)
      return;
    floor_peer::surprised("a reply is not the sum");
  }
  if (size != reply_size_ || (workload_ == Workload::echo && rest.back() != 'x'))
    floor_peer::surprised("a reply is not what was sent");
}

}  // namespace bench::load
