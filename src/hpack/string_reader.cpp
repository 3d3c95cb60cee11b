#include "hpack/string_reader.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace farcall::hpack {
namespace {

// Huffman code is decoded in pieces of this many octets, so that a string is found too long before much more
// than the limit has been stored.
constexpr std::size_t kHuffmanPiece = 512;
// The buffer that is kept from block to block.
constexpr std::size_t kKeptCapacity = 4096;

}  // namespace

void StringReader::begin(bool huffman, std::uint32_t length, std::size_t limit) {
  text_ = {};
  buffer_.clear();
  huffman_.reset();
  limit_ = limit;
  left_ = length;
  is_huffman_ = huffman;
  too_long_ = !huffman && length > limit;
}

std::optional<DecodeError> StringReader::read(Cursor& in, Progress& progress) {
  if (!is_huffman_ && buffer_.empty() && !too_long_ && in.left() >= left_) {
    text_ = {reinterpret_cast<const char*>(in.at), left_};
    in.at += left_;
    left_ = 0;
    progress = Progress::kDone;
    return std::nullopt;
  }
  while (left_ > 0 && !in.empty()) {
    const std::size_t most = is_huffman_ ? kHuffmanPiece : in.left();
    const std::size_t taken = std::min({std::size_t{left_}, in.left(), most});
    const Cursor piece(base::ByteView(in.at, taken));
    in.at += taken;
    left_ -= static_cast<std::uint32_t>(taken);
    if (!is_huffman_) {
      read_raw(piece);
    } else if (const auto error = read_huffman(piece)) {
      return error;
    }
  }
  if (left_ > 0) {
    progress = Progress::kNeedsMore;
    return std::nullopt;
  }
  if (is_huffman_ && !huffman_.ends_well()) return DecodeError::kHuffmanPadding;
  text_ = buffer_;
  progress = Progress::kDone;
  return std::nullopt;
}

void StringReader::read_raw(Cursor piece) {
  if (too_long_) return;
  buffer_.append(reinterpret_cast<const char*>(piece.at), piece.left());
}

std::optional<DecodeError> StringReader::read_huffman(Cursor piece) {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + huffman_max_decoded(piece.left()));
  const char* const end = huffman_.decode(piece, buffer_.data() + before);
  if (end == nullptr) return DecodeError::kHuffmanEos;
  buffer_.resize(static_cast<std::size_t>(end - buffer_.data()));
  if (buffer_.size() > limit_) too_long_ = true;
  if (too_long_) buffer_.clear();
  return std::nullopt;
}

void StringReader::keep() {
  if (text_.empty() || text_.data() == buffer_.data()) return;
  buffer_.assign(text_);
  text_ = buffer_;
}

void StringReader::release_excess() {
  if (buffer_.capacity() <= kKeptCapacity) return;
  text_ = {};
  buffer_ = std::string();
}

}  // namespace farcall::hpack
