// Messages that stay where they were read to.

#include "rpc/pieces.hpp"

#include "base/read_buffer.hpp"
#include "largest_allocation.hpp"
#include "rpc/envelope.hpp"
#include "rpc/parse.hpp"

#include <climits>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::rpc {
namespace {

using base::as_text;
using base::ByteView;
using Next = MessageReader::Next;

constexpr std::size_t kRead = 64 * 1024;
constexpr std::size_t kFrame = 16 * 1024;
constexpr std::size_t kFrameHeader = 9;

std::string framed(std::string_view message) {
  std::string text(kPrefixSize, '\0');
  write_prefix(reinterpret_cast<std::byte*>(text.data()), message.size());
  return text.append(message);
}

/// No two parts of it look alike.
std::string some_message(std::size_t size) {
  std::mt19937 random(static_cast<std::mt19937::result_type>(size));
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::string text_of(const MessageView& message) {
  if (message.is_whole()) return std::string(as_text(message.whole()));
  std::string text;
  for (const ByteView piece : message.pieces()) text += as_text(piece);
  return text;
}

/// A transport that is read into a ReadBuffer, and cuts the payload into frames, behind a header each.
class Source {
 public:
  explicit Source(std::string_view payload, std::size_t frame = kFrame, std::size_t read = kRead)
      : payload_(payload), frame_(frame), read_(read) {}

  /// One read; `take` gets the fragments. False when there is nothing more.
  template <class Take>
  bool read(Take take) {
    if (payload_.empty()) return false;
    std::span<std::byte> room = buffer_.space().first(read_);
    seen_.insert(room.data());
    std::vector<ByteView> fragments;
    while (!payload_.empty() && room.size() > kFrameHeader) {
      if (left_ == 0) {
        left_ = frame_;
        std::memset(room.data(), 'h', kFrameHeader);
        room = room.subspan(kFrameHeader);
      }
      const std::size_t size = std::min({left_, room.size(), payload_.size()});
      std::memcpy(room.data(), payload_.data(), size);
      fragments.push_back(room.first(size));
      payload_.remove_prefix(size);
      room = room.subspan(size);
      left_ -= size;
    }
    for (const ByteView fragment : fragments) take(fragment);
    return true;
  }
  [[nodiscard]] base::ReadBuffer* buffer() { return &buffer_; }
  /// Different memory that was read into.
  [[nodiscard]] std::size_t memories() const { return seen_.size(); }

 private:
  std::string_view payload_;
  std::size_t frame_;
  std::size_t read_;
  std::size_t left_ = 0;  // of the frame
  base::ReadBuffer buffer_{kRead};
  std::set<const std::byte*> seen_;
};

/// As far as the first message, which is not taken yet.
void read_message(Source& source, MessageReader& reader) {
  Next last = Next::need_more;
  while (last == Next::need_more) {
    const bool more = source.read([&](ByteView fragment) {
      reader.feed(fragment, source.buffer());
      last = reader.next();
    });
    if (!more) break;
  }
  ASSERT_EQ(last, Next::message);
}

TEST(PiecesTest, LargePartsStayWhereTheyWereRead) {
  const std::string message = some_message(1'000'000);
  const std::string payload = framed(message);
  Source source(payload);
  MessageReader reader;
  std::vector<ByteView> fragments;
  while (source.read([&](ByteView fragment) {
    fragments.push_back(fragment);
    reader.feed(fragment, source.buffer());
    if (reader.next() == Next::need_more) reader.retain();
  })) {
  }
  const MessageView view = reader.view();
  ASSERT_FALSE(view.is_whole());
  EXPECT_EQ(view.size(), message.size());
  EXPECT_TRUE(text_of(view) == message);
  std::size_t copied = 0;
  for (const ByteView piece : view.pieces()) {
    const bool lies_there = std::any_of(fragments.begin(), fragments.end(), [&](ByteView fragment) {
      return fragment.data() == piece.data() && fragment.size() == piece.size();
    });
    if (!lies_there) copied += piece.size();
  }
  // What comes first, for which that memory would be too much, and short parts at the ends of reads.
  EXPECT_LE(copied, message.size() / 10);
}

TEST(PiecesTest, AreOnePieceForThoseWhoWantOne) {
  const std::string message = some_message(500'000);
  const std::string payload = framed(message);
  {
    Source source(payload);
    MessageReader reader;
    read_message(source, reader);
    EXPECT_TRUE(as_text(reader.message()) == message);
    EXPECT_TRUE(reader.view().is_whole()) << "it is not copied twice";
    EXPECT_TRUE(text_of(reader.view()) == message);
  }
  {
    Source source(payload);
    MessageReader reader;
    read_message(source, reader);
    const Buffer taken = reader.take();
    EXPECT_TRUE(as_text(taken.view()) == message);
    EXPECT_EQ(reader.held(), 0u);
  }
  Source source(payload);
  MessageReader reader;
  read_message(source, reader);
  const Pieces taken = reader.take_pieces();
  EXPECT_EQ(reader.held(), 0u);
  reader.feed(base::as_bytes(std::string_view("\0\0\0\0\1x", 6)));
  EXPECT_EQ(reader.next(), Next::message);
  EXPECT_EQ(as_text(reader.message()), "x");
  EXPECT_FALSE(taken.view().is_whole());
  EXPECT_TRUE(text_of(taken.view()) == message);
}

/// However it is cut, and whenever the application reads.
TEST(PiecesTest, SayTheSameAsCopies) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> messages;
    std::string payload;
    for (auto n = random() % 4 + 1; n > 0; --n) {
      messages.push_back(some_message(random() % 3 == 0 ? random() % 400'000 : random() % 40'000));
      payload += framed(messages.back());
    }
    Source source(payload, random() % 4 == 0 ? random() % 100 + 1 : random() % 70'000 + 1,
                  random() % 4 == 0 ? random() % 5'000 + 100 : kRead);
    MessageReader reader;
    std::vector<std::string> got;
    const auto drain = [&](bool all) {
      while ((all || random() % 4 != 0) && reader.next() == Next::message) {
        switch (random() % 4) {
          case 0:
            got.emplace_back(as_text(reader.message()));
            break;
          case 1:
            got.emplace_back(as_text(reader.take().view()));
            break;
          case 2:
            got.push_back(text_of(reader.take_pieces().view()));
            break;
          default:
            got.push_back(text_of(reader.view()));
            break;
        }
      }
    };
    while (source.read([&](ByteView fragment) {
      reader.feed(fragment, source.buffer());
      drain(false);
      reader.retain();
    })) {
    }
    drain(true);
    ASSERT_TRUE(got == messages) << round;
    ASSERT_TRUE(reader.finish().ok());
    ASSERT_EQ(reader.held(), 0u);
  }
}

TEST(PiecesTest, KeepAtMostTwiceAsMuchOfWhatWasReadIntoAsHasArrived) {
  const std::string payload = framed(some_message(2'000'000));
  for (const std::size_t read : {std::size_t{9'000}, std::size_t{20'000}, std::size_t{33'000}, kRead}) {
    Source source(payload, 1'000'000, read);
    MessageReader reader;
    std::size_t fed = 0;
    while (source.read([&](ByteView fragment) {
      fed += fragment.size();
      reader.feed(fragment, source.buffer());
      static_cast<void>(reader.next());
      // All memory that was read into was kept, but for the last.
      const std::size_t kept = (source.memories() - 1) * kRead;
      ASSERT_LE(kept, 2 * fed);
    })) {
    }
    EXPECT_GT(source.memories(), 10u) << read;
  }
}

TEST(PiecesTest, CopyPartsThatAreShort) {
  const std::string payload = framed(some_message(300'000));
  Source source(payload, Pieces::kLeastKept - 1);
  MessageReader reader;
  read_message(source, reader);
  EXPECT_TRUE(reader.view().is_whole());
  EXPECT_EQ(source.memories(), 1u);
}

TEST(PiecesTest, CopyMessagesThatAreVeryLarge) {
  for (const std::size_t size : {Pieces::kLargestKept, Pieces::kLargestKept + 1}) {
    const std::string message = some_message(size);
    const std::string payload = framed(message);
    Source source(payload);
    MessageReader reader(size);
    read_message(source, reader);
    EXPECT_EQ(reader.view().is_whole(), size > Pieces::kLargestKept);
    EXPECT_TRUE(text_of(reader.view()) == message);
  }
}

TEST(PiecesTest, DoNotKeepWhatWasRetainedAndLiesElsewhere) {
  const std::string message = some_message(200'000);
  const std::string payload = framed("unread") + framed(message);
  Source source(payload);
  MessageReader reader;
  while (source.read([&](ByteView fragment) {
    reader.feed(fragment, source.buffer());
    reader.retain();
  })) {
  }
  EXPECT_EQ(source.memories(), 1u);
  ASSERT_EQ(reader.next(), Next::message);
  EXPECT_EQ(as_text(reader.message()), "unread");
  ASSERT_EQ(reader.next(), Next::message);
  EXPECT_TRUE(as_text(reader.message()) == message);
}

/// `text` cut at `places`.
std::vector<ByteView> cut(std::string_view text, std::vector<std::size_t> places) {
  std::vector<ByteView> pieces;
  std::size_t from = 0;
  places.push_back(text.size());
  for (const std::size_t place : places) {
    pieces.push_back(base::as_bytes(text.substr(from, place - from)));
    from = place;
  }
  return pieces;
}

TEST(ParsePieces, GivesTheSameAsOnePieceWhereverItIsCut) {
  google::protobuf::BytesValue value;
  value.set_value(some_message(200));
  const std::string text = value.SerializeAsString();
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); second += 7) {
      const std::vector<ByteView> pieces = cut(text, {first, second});
      google::protobuf::BytesValue parsed;
      ASSERT_TRUE(parse(MessageView(pieces, text.size()), parsed)) << first << ' ' << second;
      ASSERT_TRUE(parsed.value() == value.value());
    }
  }
}

TEST(ParsePieces, RefusesWhatIsNoMessage) {
  google::protobuf::BytesValue value;
  value.set_value(some_message(100'000));
  const std::string text = value.SerializeAsString();
  google::protobuf::BytesValue parsed;
  for (const std::size_t size : {text.size() - 1, std::size_t{70'000}, std::size_t{1}}) {
    const std::vector<ByteView> pieces = cut(std::string_view(text).substr(0, size), {size / 2});
    EXPECT_FALSE(parse(MessageView(pieces, size), parsed)) << size;
  }
  const std::string more = text + '\xff';
  const std::vector<ByteView> pieces = cut(more, {50'000});
  EXPECT_FALSE(parse(MessageView(pieces, more.size()), parsed));
}

TEST(ParsePieces, MakesNoRoomForAFieldThatIsOnlyAnnounced) {
  // Field 1, of 40,000,000 bytes, of which 100,000 are there.
  const std::string text = "\x0a\x80\xb4\x89\x13" + std::string(100'000, 'x');
  const std::vector<ByteView> pieces = cut(text, {30'000, 60'000});
  google::protobuf::BytesValue parsed;
  testing_memory::largest_allocation = 0;
  EXPECT_FALSE(parse(MessageView(pieces, text.size()), parsed));
  EXPECT_LE(testing_memory::largest_allocation, 2 * text.size());
}

TEST(ParsePieces, RefusesMoreThanProtobufTakes) {
  google::protobuf::BytesValue parsed;
  const std::vector<ByteView> pieces(2);
  EXPECT_FALSE(parse(MessageView(pieces, std::size_t{INT_MAX} + 1), parsed));
}

}  // namespace
}  // namespace farcall::rpc
