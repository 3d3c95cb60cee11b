// Serializing by way of what protobuf offers to the code that it generates gives the same bytes as protobuf's
// public functions.

#include "kinds.pb.h"
#include "notes.hpp"
#include "small_kinds.pb.h"

#include <farcall/codegen/protobuf.hpp>

#include <google/protobuf/duration.pb.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace messages_test {
namespace {

namespace codegen = farcall::codegen;
using google::protobuf::MessageLite;

/// What lies around the place that a message is written to.
constexpr std::byte kUntouched{0xa5};

/// The message as `serialize_to` writes it, with its prefix; and it writes nowhere else.
template <class Message>
std::string written(const Message& message) {
  const std::size_t size = codegen::serialized_size(message);
  std::vector<std::byte> memory(1 + codegen::kMessagePrefixSize + size + 16, kUntouched);
  codegen::serialize_to(memory.data() + 1, size, message);
  EXPECT_EQ(memory.front(), kUntouched);
  for (std::size_t i = 1 + codegen::kMessagePrefixSize + size; i < memory.size(); ++i) {
    EXPECT_EQ(memory[i], kUntouched) << "behind the message";
  }
  return std::string(reinterpret_cast<const char*>(memory.data()) + 1, codegen::kMessagePrefixSize + size);
}

/// The same by protobuf's public functions.
std::string expected(const MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  std::string prefix(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) prefix += static_cast<char>(bytes.size() >> shift);
  return prefix + bytes;
}

/// By the type that it has, and by its base.
template <class Message>
void expect_same(const Message& message) {
  static_assert(codegen::WritesDirectly<Message>,
                "this protobuf needs the public way: see docs/decisions/0026");
  EXPECT_EQ(written(message), expected(message)) << message.ShortDebugString();
  EXPECT_EQ(written<MessageLite>(message), expected(message)) << message.ShortDebugString();
}

/// A note of any shape, with texts around the sizes at which a length takes another byte.
void fill(Note& note, std::mt19937& random, int depth) {
  constexpr std::size_t kSizes[] = {0, 1, 15, 16, 17, 126, 127, 128, 129, 1000, 16'383, 16'384, 70'000};
  const auto text = [&] {
    return std::string(kSizes[random() % std::size(kSizes)], static_cast<char>('a' + random() % 26));
  };
  note.set_text(text());
  for (auto tags = random() % 4; tags > 0; --tags) note.add_tags(text());
  if (depth > 0 && random() % 4 != 0) fill(*note.mutable_inner(), random, depth - 1);
}

/// As messages may become with another protobuf: there is only what is promised.
struct Reticent {
  std::uint8_t* SerializeWithCachedSizesToArray(std::uint8_t* to) const {
    *to = 'p';
    return to + 1;
  }

 private:
  std::uint8_t* _InternalSerialize(std::uint8_t* to, google::protobuf::io::EpsCopyOutputStream* stream) const;
};
/// What is written to, as it may become.
struct OtherStream {
  explicit OtherStream(std::span<std::uint8_t> place);
};

TEST(Serialize, WritesWhatProtobufWritesForAnyNote) {
  std::mt19937 random(25);  // NOLINT(cert-msc51-cpp): the same each time
  for (int i = 0; i < 200; ++i) {
    Note note;
    fill(note, random, 5);
    expect_same(note);
  }
}

TEST(Serialize, WritesWhatProtobufWritesForAnEmptyMessage) {
  expect_same(Note());
}

TEST(Serialize, WritesTheEntriesOfAMapInTheirOrder) {
  Kinds kinds;
  kinds.set_required_number(1);
  for (int i = 0; i < 50; ++i) (*kinds.mutable_map())[i * 7919] = "entry " + std::to_string(i);
  expect_same(kinds);
}

TEST(Serialize, WritesNegativeNumbers) {
  google::protobuf::Duration duration;
  duration.set_seconds(-1);
  duration.set_nanos(999'999'999);
  expect_same(duration);
}

TEST(Serialize, WritesEveryKindOfFieldOfProto2) {
  Kinds kinds;
  kinds.set_required_number(-7);
  for (int i = 0; i < 300; ++i) kinds.add_packed(i * i);
  for (int i = 0; i < 3; ++i) kinds.add_unpacked(0.5 * i);
  kinds.mutable_group()->set_text("in a group");
  (*kinds.mutable_map())[3] = "three";
  kinds.set_word("chosen");
  kinds.SetExtension(extended, "an extension");
  kinds.add_parts()->set_required_number(1);
  expect_same(kinds);
  SmallKinds small;  // whose code is small, and works by reflection
  small.set_text("text");
  small.add_numbers(1);
  expect_same(small);
}

TEST(Serialize, KnowsAMessageThatLacksARequiredField) {
  EXPECT_EQ(codegen::serialized_size(Kinds()), codegen::kUnserializable);
}

TEST(Serialize, KeepsFieldsThatItDoesNotKnow) {
  Note from;
  from.set_text("text");
  from.add_tags("a tag");
  google::protobuf::Duration stranger;  // fields 1 and 2 are numbers
  ASSERT_TRUE(stranger.ParseFromString(from.SerializeAsString()));
  expect_same(stranger);
  EXPECT_EQ(written(stranger), written(from));
}

TEST(Serialize, TakesThePublicWayWhereThatIsAllThereIs) {
  static_assert(!codegen::WritesDirectly<Reticent>);
  std::uint8_t place = 0;
  EXPECT_EQ(codegen::write_message(&place, 1, Reticent()), &place + 1);
  EXPECT_EQ(place, 'p');

  static_assert(!codegen::WritesDirectly<Note, OtherStream>);
  Note note;
  note.set_text(std::string(300, 'x'));
  const std::string expected = note.SerializeAsString();
  std::string written(expected.size(), '\0');
  auto* const to = reinterpret_cast<std::uint8_t*>(written.data());
  EXPECT_EQ((codegen::write_message<Note, OtherStream>(to, note.ByteSizeLong(), note)), to + written.size());
  EXPECT_EQ(written, expected);
}

}  // namespace
}  // namespace messages_test
