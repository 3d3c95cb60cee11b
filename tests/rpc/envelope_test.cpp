#include "rpc/envelope.hpp"

#include "base/block_cache.hpp"
#include "largest_allocation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace farcall::rpc {
namespace {

using base::as_text;
using base::ByteView;
using testing::ElementsAre;
using testing::HasSubstr;
using Next = MessageReader::Next;

std::string prefix(unsigned flag, std::size_t size) {
  std::string text(kPrefixSize, '\0');
  write_prefix(reinterpret_cast<std::byte*>(text.data()), size);
  text[0] = static_cast<char>(flag);
  return text;
}

std::string framed(std::string_view message) {
  return prefix(0, message.size()).append(message);
}

/// A fragment whose bytes end exactly where its memory does, so that a sanitizer sees any use after its
/// death.
class Fragment {
 public:
  explicit Fragment(std::string_view text) : bytes_(text.size()) {
    std::copy(text.begin(), text.end(), reinterpret_cast<char*>(bytes_.data()));
  }
  [[nodiscard]] ByteView view() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// Every message there is, until the reader wants more.
std::vector<std::string> drain(MessageReader& reader) {
  std::vector<std::string> messages;
  while (reader.next() == Next::message) messages.emplace_back(as_text(reader.message()));
  return messages;
}

std::vector<std::string> read(MessageReader& reader, std::string_view text) {
  const Fragment fragment(text);
  reader.feed(fragment.view());
  return drain(reader);
}

TEST(EnvelopeTest, WritesThePrefixOfAnUncompressedMessage) {
  std::byte bytes[kPrefixSize];
  write_prefix(bytes, 0x01020304);
  EXPECT_EQ(as_text(bytes), std::string_view("\0\1\2\3\4", 5));
}

TEST(MessageReaderTest, GivesAMessageThatLiesWholeInTheFragmentWithoutCopyingIt) {
  MessageReader reader;
  const Fragment fragment(framed("hello"));
  reader.feed(fragment.view());
  ASSERT_EQ(reader.next(), Next::message);
  EXPECT_EQ(as_text(reader.message()), "hello");
  EXPECT_EQ(reader.message().data(), fragment.view().data() + kPrefixSize);
  EXPECT_EQ(reader.held(), 0u);
  EXPECT_EQ(reader.next(), Next::need_more);
  EXPECT_TRUE(reader.finish().ok());
}

TEST(MessageReaderTest, GivesSeveralMessagesOfOneFragmentAndKeepsTheRest) {
  MessageReader reader;
  EXPECT_THAT(read(reader, framed("a") + framed("") + framed("bcd") + framed("efg").substr(0, 6)),
              ElementsAre("a", "", "bcd"));
  EXPECT_EQ(reader.held(), 1u);
  EXPECT_EQ(reader.missing(), 2u);
  EXPECT_THAT(read(reader, "fg" + framed("h")), ElementsAre("efg", "h"));
}

TEST(MessageReaderTest, DeliversAnEmptyMessageOnce) {
  MessageReader reader;
  EXPECT_THAT(read(reader, framed("")), ElementsAre(""));
  EXPECT_EQ(reader.next(), Next::need_more);
  EXPECT_TRUE(read(reader, std::string(4, '\0')).empty());
  EXPECT_THAT(read(reader, std::string(1, '\0')), ElementsAre(""));
  EXPECT_TRUE(reader.finish().ok());
}

TEST(MessageReaderTest, NeedsMoreOfNothing) {
  MessageReader reader;
  EXPECT_EQ(reader.next(), Next::need_more);
  EXPECT_EQ(reader.missing(), kPrefixSize);
  EXPECT_TRUE(reader.finish().ok());
  EXPECT_TRUE(read(reader, "").empty());
}

TEST(MessageReaderTest, AssemblesByteByByteAndSaysWhatIsMissing) {
  MessageReader reader;
  const std::string text = framed("hello") + framed("") + framed("you");
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (std::string& message : read(reader, text.substr(i, 1))) messages.push_back(std::move(message));
    if (i == 1) {
      EXPECT_EQ(reader.missing(), 3u);
    } else if (i == 4 || i == 7) {
      EXPECT_EQ(reader.missing(), 9u - i);
    }
  }
  EXPECT_THAT(messages, ElementsAre("hello", "", "you"));
  EXPECT_TRUE(reader.finish().ok());
}

TEST(MessageReaderTest, DoesNotCareWhereTheFragmentsEnd) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> messages;
    std::string text;
    for (auto n = random() % 8; n > 0; --n) {
      messages.emplace_back(random() % 4 == 0 ? random() % 3000 : random() % 20,
                            static_cast<char>('a' + static_cast<int>(n)));
      text += framed(messages.back());
    }
    MessageReader reader;
    std::vector<std::string> got;
    std::string_view left = text;
    const std::size_t most = random() % 3 == 0 ? 3 : 700;
    while (!left.empty()) {
      const Fragment fragment(left.substr(0, random() % most + 1));
      left.remove_prefix(fragment.view().size());
      reader.feed(fragment.view());
      // The application reads when it likes; the rest has to outlive the fragment.
      while (random() % 3 != 0 && reader.next() == Next::message) {
        const bool as_buffer = random() % 2 == 0;
        got.emplace_back(as_buffer ? as_text(reader.take().view()) : as_text(reader.message()));
      }
      reader.retain();
    }
    for (std::string& message : drain(reader)) got.push_back(std::move(message));
    ASSERT_EQ(got, messages);
    ASSERT_TRUE(reader.finish().ok());
    ASSERT_EQ(reader.held(), 0u);
  }
}

TEST(MessageReaderTest, KeepsWhatItRetainsAfterTheFragmentIsGone) {
  MessageReader reader;
  {
    const Fragment fragment(framed("one") + framed("two") + framed("three").substr(0, 7));
    reader.feed(fragment.view());
    ASSERT_EQ(reader.next(), Next::message);
    EXPECT_EQ(as_text(reader.message()), "one");
    EXPECT_TRUE(reader.has_unread());
    reader.retain();
    EXPECT_EQ(reader.held(), 15u);
  }
  EXPECT_FALSE(reader.finish().ok()) << "unread bytes are not the end";
  {
    const Fragment fragment("ree" + framed("four"));
    reader.feed(fragment.view());
    reader.retain();
  }
  EXPECT_THAT(drain(reader), ElementsAre("two", "three", "four"));
  EXPECT_FALSE(reader.has_unread());
  EXPECT_EQ(reader.held(), 0u);
  EXPECT_TRUE(reader.finish().ok());
}

TEST(MessageReaderTest, HandsAnAnnouncedMessageOver) {
  MessageReader reader;
  Buffer borrowed;
  {
    const Fragment fragment(framed("whole") + framed("spl"));
    reader.feed(fragment.view());
    ASSERT_EQ(reader.next(), Next::message);
    borrowed = reader.take();
    reader.retain();
  }
  EXPECT_EQ(as_text(borrowed.view()), "whole");
  EXPECT_THAT(drain(reader), ElementsAre("spl"));

  EXPECT_TRUE(read(reader, framed("assembled").substr(0, 8)).empty());
  const Fragment fragment("embled");
  reader.feed(fragment.view());
  ASSERT_EQ(reader.next(), Next::message);
  const std::byte* where = reader.message().data();
  const Buffer taken = reader.take();
  EXPECT_EQ(taken.data(), where) << "an assembled message is handed over, not copied";
  EXPECT_EQ(as_text(taken.view()), "assembled");
  EXPECT_THAT(read(reader, framed("next")), ElementsAre("next"));
}

TEST(MessageReaderTest, RefusesAMessageOverTheLimitByItsPrefixAlone) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}}) {
    MessageReader reader(100);
    EXPECT_THAT(read(reader, framed(std::string(100, 'x'))), testing::SizeIs(1));
    const std::string text = prefix(0, 101);
    Next last = Next::need_more;
    for (std::size_t i = 0; i < text.size(); i += step) {
      const Fragment fragment(text.substr(i, step));
      reader.feed(fragment.view());
      last = reader.next();
    }
    EXPECT_EQ(last, Next::failed);
    EXPECT_EQ(reader.failure().code(), StatusCode::resource_exhausted);
    EXPECT_THAT(reader.failure().message(), HasSubstr("101"));
    EXPECT_EQ(reader.held(), 0u);
  }
}

TEST(MessageReaderTest, DoesNotAllocateForALengthThatIsOnlyAnnounced) {
  MessageReader reader(0xffffffff);
  const std::string text = prefix(0, 0xffffffff) + std::string(100, 'x');
  testing_memory::largest_allocation = 0;
  EXPECT_TRUE(read(reader, text).empty());
  EXPECT_LE(testing_memory::largest_allocation, 200u);
  EXPECT_EQ(reader.held(), 100u);
  EXPECT_EQ(reader.missing(), 0xffffffffu - 100);
}

TEST(MessageReaderTest, GrowsToAtMostTwiceWhatHasArrived) {
  const std::string body(3'300'000, 'x');
  const std::string text = framed(body);
  MessageReader reader;
  std::size_t fed = 0;
  std::mt19937 random(1);
  std::optional<Buffer> taken;
  while (!taken) {
    const Fragment fragment(std::string_view(text).substr(fed, random() % 5000 + 1));
    fed += fragment.view().size();
    testing_memory::largest_allocation = 0;
    reader.feed(fragment.view());
    if (reader.next() == Next::message) taken = reader.take();
    ASSERT_LE(testing_memory::largest_allocation, 2 * fed);
  }
  EXPECT_EQ(taken->size(), body.size());
  EXPECT_EQ(taken->capacity(), body.size()) << "the last growth knows the length";
}

/// The thread has kept memory of 110,000 bytes.
class MessageReaderWithKeptMemory : public testing::Test {
 protected:
  MessageReaderWithKeptMemory() {
    base::BlockCache::install(&cache_);
    const Buffer earlier(110'000);
  }
  ~MessageReaderWithKeptMemory() override { base::BlockCache::install(nullptr); }

  base::BlockCache cache_;
};

TEST_F(MessageReaderWithKeptMemory, TakesItWhenHalfOfTheMessageHasArrived) {
  MessageReader reader;
  const std::string text = framed(std::string(100'000, 'x'));
  const Fragment first(text.substr(0, 60'000));
  const Fragment second(text.substr(60'000));
  testing_memory::largest_allocation = 0;
  reader.feed(first.view());
  EXPECT_EQ(reader.next(), Next::need_more);
  EXPECT_EQ(cache_.cached_bytes(), 0u);
  reader.feed(second.view());
  EXPECT_EQ(reader.next(), Next::message);
  EXPECT_EQ(reader.message().size(), 100'000u);
  EXPECT_EQ(testing_memory::largest_allocation, 0u);
  reader.reset();
  EXPECT_EQ(cache_.cached_bytes(), 110'000u);
}

TEST_F(MessageReaderWithKeptMemory, LeavesItForALengthThatIsOnlyAnnounced) {
  MessageReader reader;
  const Fragment fragment(framed(std::string(100'000, 'x')).substr(0, 45'000));
  reader.feed(fragment.view());
  EXPECT_EQ(reader.next(), Next::need_more);
  EXPECT_EQ(cache_.cached_bytes(), 110'000u);
}

TEST(MessageReaderTest, RefusesFlagsThatWereNotAgreedOn) {
  for (unsigned flag : {1u, 2u, 3u, 128u, 255u}) {
    MessageReader reader;
    const Fragment fragment(prefix(flag, 0));
    reader.feed(fragment.view());
    EXPECT_EQ(reader.next(), Next::failed);
    EXPECT_EQ(reader.failure().code(), StatusCode::internal);
    EXPECT_THAT(reader.failure().message(), HasSubstr(flag == 1 ? "compressed" : std::to_string(flag)));
  }
}

TEST(MessageReaderTest, StaysFailed) {
  MessageReader reader;
  EXPECT_TRUE(read(reader, prefix(2, 0)).empty());
  EXPECT_TRUE(read(reader, framed("good")).empty());
  EXPECT_EQ(reader.next(), Next::failed);
  EXPECT_EQ(reader.finish(), reader.failure());
  EXPECT_FALSE(reader.finish().ok());
}

TEST(MessageReaderTest, CallsATruncatedMessageInternal) {
  const std::string text = framed("hello");
  for (std::size_t length = 1; length < text.size(); ++length) {
    MessageReader reader;
    EXPECT_TRUE(read(reader, text.substr(0, length)).empty());
    EXPECT_EQ(reader.finish().code(), StatusCode::internal) << length;
  }
}

TEST(MessageReaderTest, MovesWithWhatItHolds) {
  MessageReader first;
  {
    const Fragment fragment(framed("one") + framed("two"));
    first.feed(fragment.view());
    first.retain();
  }
  MessageReader second = std::move(first);
  EXPECT_THAT(drain(second), ElementsAre("one", "two"));
}

TEST(OnlyMessage, IsWhatFollowsAPrefixThatSaysSo) {
  const std::string bytes = framed("hello");
  const auto message = only_message(base::as_bytes(bytes), 5);
  ASSERT_TRUE(message);
  EXPECT_EQ(as_text(*message), "hello");
  EXPECT_EQ(as_text(*message).data(), bytes.data() + kPrefixSize) << "a view, not a copy";
  const std::string empty = framed("");
  ASSERT_TRUE(only_message(base::as_bytes(empty), 0));
  EXPECT_TRUE(only_message(base::as_bytes(empty), 0)->empty());
}

TEST(OnlyMessage, IsNoneOfWhatAReaderHasMoreToSayAbout) {
  const auto is_one = [](std::string_view text, std::size_t limit = kDefaultMaxMessageSize) {
    const Fragment fragment(text);
    return only_message(fragment.view(), limit).has_value();
  };
  EXPECT_TRUE(is_one(framed("hello")));
  EXPECT_FALSE(is_one(""));
  for (std::size_t size = 0; size < framed("hello").size(); ++size)
    EXPECT_FALSE(is_one(framed("hello").substr(0, size))) << size;
  EXPECT_FALSE(is_one(framed("hello") + "x"));
  EXPECT_FALSE(is_one(framed("hello") + framed("again")));
  EXPECT_FALSE(is_one(prefix(1, 5) + "hello")) << "compressed";
  EXPECT_FALSE(is_one(prefix(128, 5) + "hello")) << "flags that mean nothing";
  EXPECT_FALSE(is_one(framed("hello"), 4)) << "too large";
  EXPECT_FALSE(is_one(prefix(0, 0xffff'ffff) + "hello"));
}

TEST(Buffer, IsExtendedByBytesThatAreWrittenLater) {
  Buffer buffer;
  std::string expected;
  for (std::size_t size : std::initializer_list<std::size_t>{3, 0, 1, 100, 5'000}) {
    const std::size_t before = buffer.size();
    std::byte* to = buffer.extend(size);
    EXPECT_EQ(buffer.size(), before + size);
    EXPECT_EQ(to, buffer.data() + before);
    if (size > 0) std::fill_n(to, size, std::byte{'e'});
    buffer.append(base::as_bytes(std::string_view("and")));
    expected += std::string(size, 'e') + "and";
    EXPECT_EQ(as_text(buffer.view()), expected);
  }
}

}  // namespace
}  // namespace farcall::rpc
