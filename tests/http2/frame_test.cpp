// Frames as bytes: cut, judged by their headers, and written (RFC 9113 §4, §6).

#include "base/bytes.hpp"
#include "http2/frame/reader.hpp"
#include "http2/frame/validator.hpp"
#include "http2/frame/writer.hpp"
#include "http2/limits.hpp"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>

namespace farcall::http2 {
namespace {

std::string text(const Buffer& buffer) {
  return std::string(base::as_text(buffer.view()));
}

std::string frame(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  Buffer out;
  write::append_header(out, {FrameLength(payload.size()), type, flags, StreamId(stream)});
  return text(out) + std::string(payload);
}

/// What the reader made of the input, as text, independent of how it was cut: one line a frame.
std::string read_in_pieces_of(std::size_t size, std::string_view input) {
  FrameReader reader;
  std::string said;
  while (!input.empty()) {
    const std::string chunk(input.substr(0, size));  // of its own, so that a view kept too long is found
    input.remove_prefix(chunk.size());
    base::ByteView bytes = base::as_bytes(chunk);
    for (;;) {
      FramePiece piece = reader.next(bytes);
      if (piece.kind == FramePiece::Kind::none) break;
      if (piece.kind == FramePiece::Kind::bad_padding) return said + "bad padding";
      if (piece.kind == FramePiece::Kind::header) {
        said += std::to_string(static_cast<int>(reader.header().type)) + "@" +
                std::to_string(reader.header().stream.value()) + " ";
      }
      said += base::as_text(piece.bytes);
      if (piece.kind == FramePiece::Kind::prefix) said += "|";
      if (piece.last) said += ".";
    }
    EXPECT_TRUE(bytes.empty());
  }
  return said;
}

TEST(FrameReader, CutsFramesAtWhateverPlacesTheInputWasCut) {
  const std::string input = frame(FrameType::settings, 0, 0, "abcdefABCDEF") +
                            frame(FrameType::headers, flag::kEndHeaders | flag::kPadded | flag::kPriority, 1,
                                  std::string("\x02PRIOR", 6) + "block" + "xx") +
                            frame(FrameType::continuation, flag::kEndHeaders, 1, "more") +
                            frame(FrameType::data, flag::kPadded, 1, std::string("\x03payloadyyy")) +
                            frame(FrameType::data, 0, 1, "") +                           //
                            frame(static_cast<FrameType>(0x42), 0xff, 7, "who cares") +  //
                            frame(FrameType::ping, 0, 0, "12345678");
  const std::string expected =
      "4@0 abcdefABCDEF|"
      "1@1 \x02PRIOR|block."
      "9@1 |more."
      "0@1 \x03|payload."
      "0@1 |."
      "66@7 |"
      "6@0 12345678|";
  for (std::size_t size = 1; size <= input.size(); ++size) {
    EXPECT_EQ(read_in_pieces_of(size, input), expected) << "in pieces of " << size;
  }
}

TEST(FrameReader, RefusesPaddingThatDoesNotFit) {
  EXPECT_EQ(read_in_pieces_of(99, frame(FrameType::data, flag::kPadded, 1, std::string("\x02x", 2))),
            "0@1 bad padding");
  EXPECT_EQ(read_in_pieces_of(99, frame(FrameType::data, flag::kPadded, 1, std::string("\x01x", 2))),
            "0@1 \x01|.");
  EXPECT_EQ(read_in_pieces_of(
                99, frame(FrameType::headers, flag::kPadded | flag::kPriority, 1, std::string("\x01PRIOR"))),
            "1@1 bad padding");
}

TEST(FrameReader, KeepsNoMoreDebugDataThanItShould) {
  const std::string input =
      frame(FrameType::goaway, 0, 0, std::string(10'000, 'd')) + frame(FrameType::ping, 0, 0, "12345678");
  const std::string expected = "7@0 " + std::string(8 + kGoAwayDebugKept, 'd') + "|6@0 12345678|";
  EXPECT_EQ(read_in_pieces_of(1, input), expected);
  EXPECT_EQ(read_in_pieces_of(input.size(), input), expected);
}

TEST(FrameReader, KnowsWhetherItIsBetweenFrames) {
  FrameReader reader;
  EXPECT_TRUE(reader.between_frames());
  const std::string input = frame(FrameType::ping, 0, 0, "12345678");
  base::ByteView first = base::as_bytes(std::string_view(input).substr(0, 12));
  while (reader.next(first).kind != FramePiece::Kind::none) {
  }
  EXPECT_FALSE(reader.between_frames());
  base::ByteView second = base::as_bytes(std::string_view(input).substr(12));
  while (reader.next(second).kind != FramePiece::Kind::none) {
  }
  EXPECT_TRUE(reader.between_frames());
}

struct Judged {
  FrameType type;
  std::uint8_t flags;
  std::uint32_t stream;
  std::uint32_t length;
  ErrorCode code;  // no_error: passes
};

TEST(FrameValidator, JudgesEveryTypeByStreamLengthAndFlags) {
  constexpr ErrorCode ok = ErrorCode::no_error;
  constexpr ErrorCode protocol = ErrorCode::protocol_error;
  constexpr ErrorCode size = ErrorCode::frame_size_error;
  const Judged kRows[] = {
      {FrameType::data, 0, 1, 0, ok},
      {FrameType::data, 0, 1, 16'384, ok},
      {FrameType::data, 0, 1, 16'385, size},
      {FrameType::data, 0, 0, 1, protocol},
      {FrameType::data, flag::kPadded, 1, 0, size},
      {FrameType::data, flag::kPadded, 1, 1, ok},
      {FrameType::headers, 0, 0, 1, protocol},
      {FrameType::headers, 0, 1, 0, ok},
      {FrameType::headers, flag::kPadded, 1, 0, size},
      {FrameType::headers, flag::kPriority, 1, 4, size},
      {FrameType::headers, flag::kPriority, 1, 5, ok},
      {FrameType::headers, flag::kPriority | flag::kPadded, 1, 5, size},
      {FrameType::headers, flag::kPriority | flag::kPadded, 1, 6, ok},
      {FrameType::priority, 0, 1, 5, ok},
      {FrameType::priority, 0, 1, 4, size},
      {FrameType::priority, 0, 1, 6, size},
      {FrameType::priority, 0, 0, 5, protocol},
      {FrameType::rst_stream, 0, 1, 4, ok},
      {FrameType::rst_stream, 0, 1, 3, size},
      {FrameType::rst_stream, 0, 0, 4, protocol},
      {FrameType::settings, 0, 0, 0, ok},
      {FrameType::settings, 0, 0, 12, ok},
      {FrameType::settings, 0, 0, 7, size},
      {FrameType::settings, 0, 1, 6, protocol},
      {FrameType::settings, flag::kAck, 0, 0, ok},
      {FrameType::settings, flag::kAck, 0, 6, size},
      {FrameType::ping, 0, 0, 8, ok},
      {FrameType::ping, 0, 0, 7, size},
      {FrameType::ping, flag::kAck, 1, 8, protocol},
      {FrameType::goaway, 0, 0, 8, ok},
      {FrameType::goaway, 0, 0, 7, size},
      {FrameType::goaway, 0, 1, 8, protocol},
      {FrameType::window_update, 0, 0, 4, ok},
      {FrameType::window_update, 0, 1, 4, ok},
      {FrameType::window_update, 0, 1, 5, size},
      {FrameType::continuation, 0, 1, 0, ok},
      {FrameType::continuation, 0, 0, 1, protocol},
      {static_cast<FrameType>(0x42), 0xff, 0, 16'384, ok},
      {static_cast<FrameType>(0x42), 0xff, 3, 16'385, size},
  };
  for (const Judged& row : kRows) {
    const FrameHeader header{FrameLength(row.length), row.type, row.flags, StreamId(row.stream)};
    const auto fault = validate(header, FrameLength::kDefaultMax);
    EXPECT_EQ(fault ? fault->code : ok, row.code)
        << "type " << static_cast<int>(row.type) << " flags " << int{row.flags} << " stream " << row.stream
        << " length " << row.length;
    EXPECT_FALSE(fault && is_plain(header, FrameLength::kDefaultMax));
  }
}

TEST(FrameHeader, SurvivesTheWire) {
  std::array<std::byte, kFrameHeaderSize> bytes;
  store_frame_header(bytes.data(), {FrameLength(0x012345), FrameType::ping, 0xa5, StreamId(0x7654'3210)});
  EXPECT_EQ(base::as_text(bytes), std::string_view("\x01\x23\x45\x06\xa5\x76\x54\x32\x10"));
  bytes[5] |= std::byte{0x80};  // the reserved bit
  const FrameHeader header = parse_frame_header(bytes.data());
  EXPECT_EQ(header.length.value(), 0x012345U);
  EXPECT_EQ(header.type, FrameType::ping);
  EXPECT_EQ(header.flags, 0xa5);
  EXPECT_EQ(header.stream.value(), 0x7654'3210U);
}

TEST(FrameWriter, SplitsAHeaderBlockOverFrames) {
  std::string room = std::string(kFrameHeaderSize, '?') + "0123456789abcdefghijKLM";
  Buffer out;
  write::header_block(out, StreamId(5), std::as_writable_bytes(std::span(room)), true, 10);
  EXPECT_EQ(text(out), frame(FrameType::headers, flag::kEndStream, 5, "0123456789") +
                           frame(FrameType::continuation, 0, 5, "abcdefghij") +
                           frame(FrameType::continuation, flag::kEndHeaders, 5, "KLM"));
}

TEST(FrameWriter, PutsABlockThatFillsAFrameIntoOne) {
  std::string room = std::string(kFrameHeaderSize, '?') + "0123456789";
  Buffer out;
  write::header_block(out, StreamId(5), std::as_writable_bytes(std::span(room)), false, 10);
  EXPECT_EQ(text(out), frame(FrameType::headers, flag::kEndHeaders, 5, "0123456789"));
}

TEST(FrameWriter, CutsOverlongDebugData) {
  Buffer out;
  write::go_away(out, StreamId(3), ErrorCode::enhance_your_calm, std::string(5'000, 'x'));
  EXPECT_EQ(out.size(), kFrameHeaderSize + 8 + 1'024);
}

}  // namespace
}  // namespace farcall::http2
