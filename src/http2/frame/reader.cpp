#include "http2/frame/reader.hpp"

#include "http2/limits.hpp"

#include <algorithm>

namespace farcall::http2 {
namespace {

bool has_body(FrameType type) {
  return type == FrameType::data || type == FrameType::headers || type == FrameType::continuation;
}

std::uint32_t prefix_size_of(const FrameHeader& header) {
  switch (header.type) {
    case FrameType::data:
      return header.has(flag::kPadded) ? 1 : 0;
    case FrameType::headers:
      return (header.has(flag::kPadded) ? 1U : 0U) + (header.has(flag::kPriority) ? kPrioritySize : 0U);
    case FrameType::priority:
    case FrameType::rst_stream:
    case FrameType::settings:
    case FrameType::ping:
    case FrameType::window_update:
      return header.length.value();
    case FrameType::goaway:
      return std::min<std::uint32_t>(header.length.value(), 8 + static_cast<std::uint32_t>(kGoAwayDebugKept));
    default:
      return 0;
  }
}

}  // namespace

base::ByteView FrameReader::collect(base::ByteView& input, std::size_t size) {
  if (carried_.empty() && input.size() >= size) {
    base::ByteView bytes = input.first(size);
    input = input.subspan(size);
    return bytes;
  }
  std::size_t taken = std::min(size - carried_.size(), input.size());
  carried_.insert(carried_.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken));
  input = input.subspan(taken);
  if (carried_.size() < size) return {};
  release_carried_ = true;
  return carried_;
}

void FrameReader::begin_frame(const std::byte* bytes) {
  header_ = parse_frame_header(bytes);
  prefix_size_ = prefix_size_of(header_);
  padding_ = 0;
  expect_ = Expect::prefix;
}

/// What follows the prefix is body, then padding. False if the padding does not fit.
bool FrameReader::split_payload(base::ByteView prefix) {
  rest_left_ = header_.length.value() - prefix_size_;
  expect_ = Expect::rest;
  if (!has_body(header_.type)) return true;

  std::uint32_t pad = 0;
  if (header_.type != FrameType::continuation && header_.has(flag::kPadded)) {
    pad = std::to_integer<std::uint32_t>(prefix[0]);
    if (pad > rest_left_) return false;
    padding_ = pad + 1;
  }
  body_left_ = rest_left_ - pad;
  rest_left_ = pad;
  expect_ = Expect::body;
  return true;
}

FramePiece FrameReader::next(base::ByteView& input) {
  if (release_carried_) {
    std::vector<std::byte>().swap(carried_);
    release_carried_ = false;
  }
  if (expect_ == Expect::rest) {
    auto skipped = static_cast<std::uint32_t>(std::min<std::size_t>(rest_left_, input.size()));
    input = input.subspan(skipped);
    rest_left_ -= skipped;
    if (rest_left_ > 0) return {};
    expect_ = Expect::header;
  }
  if (expect_ == Expect::header) {
    if (input.empty()) return {};
    base::ByteView bytes = collect(input, kFrameHeaderSize);
    if (bytes.empty()) return {};
    begin_frame(bytes.data());
    return {FramePiece::Kind::header, false, {}};
  }
  if (expect_ == Expect::prefix) {
    base::ByteView prefix;
    if (prefix_size_ > 0) {
      prefix = collect(input, prefix_size_);
      if (prefix.empty()) return {};
    }
    if (!split_payload(prefix)) return {FramePiece::Kind::bad_padding, false, {}};
    return {FramePiece::Kind::prefix, false, prefix};
  }
  if (body_left_ > 0 && input.empty()) return {};
  base::ByteView body = input.first(std::min<std::size_t>(body_left_, input.size()));
  input = input.subspan(body.size());
  body_left_ -= static_cast<std::uint32_t>(body.size());
  bool last = body_left_ == 0;
  if (last) expect_ = Expect::rest;
  return {FramePiece::Kind::body, last, body};
}

}  // namespace farcall::http2
