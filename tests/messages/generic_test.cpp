// Calls by name, with bytes, on both sides.

#include "notes.hpp"

#include <farcall/generic.hpp>
#include <farcall/runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

namespace messages_test {
namespace {

using farcall::Buffer;
using farcall::GenericClient;
using farcall::Status;
using farcall::StatusCode;
using testing::HasSubstr;

Buffer bytes(std::string_view text) {
  return Buffer::copy_of(note(text).SerializeAsString());
}

std::string text_in(const Buffer& buffer) {
  Note parsed;
  return parsed.ParseFromString(std::string(buffer.text())) ? parsed.text() : "(not a note)";
}

class GenericClientTest : public testing::Test {
 protected:
  GenericClientTest() { server_.add(service_); }

  NotesService service_;
  farcall::Server server_{small_server()};
};

TEST_F(GenericClientTest, CallsEveryKindOfMethodByItsName) {
  farcall::Channel channel(start(server_));
  GenericClient client(channel);
  const auto echoed = client.unary("/messages_test.Notes/Echo", bytes("a"), soon()).get();
  ASSERT_TRUE(echoed.ok()) << echoed.status();
  EXPECT_EQ(text_in(*echoed), "a");

  auto reader = client.server_streaming("/messages_test.Notes/Repeat", bytes("b"), soon());
  int replies = 0;
  while (auto reply = reader.read().get()) {
    EXPECT_EQ(text_in(*reply), "b");
    ++replies;
  }
  EXPECT_EQ(replies, 3);
  EXPECT_EQ(reader.finish().get(), Status());

  auto writer = client.client_streaming("/messages_test.Notes/Join", soon());
  static_cast<void>(writer.write(bytes("c")).get());
  static_cast<void>(writer.write(bytes("d")).get());
  EXPECT_EQ(text_in(*writer.finish().get()), "cd");

  auto chat = client.bidi_streaming("/messages_test.Notes/Chat", soon());
  static_cast<void>(chat.write(bytes("e")).get());
  EXPECT_EQ(text_in(*chat.read().get()), "e");
  EXPECT_EQ(chat.finish().get(), Status());
}

TEST_F(GenericClientTest, HasMessagesOfManyFramesInOnePiece) {
  farcall::Channel channel(start(server_));
  const std::string text = long_text(1'000'000);
  const auto echoed = GenericClient(channel).unary("/messages_test.Notes/Echo", bytes(text), soon()).get();
  ASSERT_TRUE(echoed.ok()) << echoed.status();
  EXPECT_TRUE(text_in(*echoed) == text);
}

TEST_F(GenericClientTest, CallsAnyKindAsABidiStream) {
  farcall::Channel channel(start(server_));
  auto call = GenericClient(channel).bidi_streaming("/messages_test.Notes/Echo", soon());
  static_cast<void>(call.write(bytes("a")).get());
  static_cast<void>(call.close_send().get());
  EXPECT_EQ(text_in(*call.read().get()), "a");
  EXPECT_FALSE(call.read().get());
  EXPECT_EQ(call.finish().get(), Status());
}

TEST_F(GenericClientTest, KeepsACopyOfThePath) {
  farcall::Channel channel(start(server_));
  GenericClient client(channel);
  auto call = [&] {
    std::string path = "/messages_test.Notes/";
    path += "Echo";
    auto op = client.unary(path, bytes("a"), soon());
    path.assign(path.size(), 'x');
    return op;
  }();
  EXPECT_EQ(text_in(*call.get()), "a");
}

TEST_F(GenericClientTest, SaysWhatIsWrongWithAPath) {
  farcall::Channel channel(start(server_));
  GenericClient client(channel);
  for (const char* path : {"", "/", "Echo", "/Echo", "messages_test.Notes/Echo", "/messages_test.Notes/",
                           "//Echo", "/messages_test.Notes/Ec ho", "/messages_test.Notes/Echo\r\nx: y",
                           "/messages_test.Notes/\xc3\xa9", "/messages_test.Notes/\x7f"}) {
    const auto reply = client.unary(path, bytes("a"), soon()).get();
    EXPECT_EQ(reply.status().code(), StatusCode::invalid_argument) << path;
    EXPECT_THAT(reply.status().message(), HasSubstr("/package.Service/Method"));
    auto chat = client.bidi_streaming(path, soon());
    EXPECT_EQ(chat.write(bytes("a")).get(), farcall::WriteResult::call_ended);
    EXPECT_EQ(chat.finish().get().code(), StatusCode::invalid_argument) << path;
  }
  EXPECT_EQ(client.unary("/messages_test.Notes/Unheard", bytes("a"), soon()).get().status().code(),
            StatusCode::unimplemented);
}

TEST_F(GenericClientTest, SendsEmptyMessagesAndNonsense) {
  farcall::Channel channel(start(server_));
  GenericClient client(channel);
  const auto empty = client.unary("/messages_test.Notes/Echo", Buffer(), soon()).get();
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_TRUE(empty->empty());
  EXPECT_EQ(
      client.unary("/messages_test.Notes/Echo", Buffer::copy_of("\xff\xff"), soon()).get().status().code(),
      StatusCode::internal);
  EXPECT_TRUE(client.unary("/messages_test.Notes/Echo", bytes("still here"), soon()).get().ok());
}

/// Says which method was called and gives back the messages, if it knows the method.
class Anything final : public farcall::GenericService {
 public:
  farcall::Task<Status> handle(farcall::ServerContext& context,
                               farcall::ServerStream<Buffer, Buffer>& stream) override {
    if (context.method().ends_with("/Unknown")) co_return Status::unimplemented("unknown even here");
    context.add_trailing_metadata("x-method", context.method());
    while (auto message = co_await stream.read()) co_await stream.write(*message);
    co_return Status();
  }
};

TEST(Fallback, GetsTheMethodsThatNoServiceHas) {
  NotesService service;
  service.refusal = Status::aborted("the service itself");
  Anything anything;
  farcall::Server server(small_server());
  server.add(service);
  server.add_fallback(anything);
  farcall::Channel channel(start(server));
  GenericClient client(channel);
  EXPECT_EQ(client.unary("/messages_test.Notes/Echo", bytes("a"), soon()).get().status().code(),
            StatusCode::aborted);
  // The same headers several times, without a timeout that differs: from the third time on they are known.
  for (const char* path : {"/some.Where/Else", "/some.Where/Else", "/some.Where/Else", "/some.Where/Else",
                           "/some.Other/Place"}) {
    farcall::ResponseMetadata metadata;
    const auto reply = client.unary(path, bytes(path), farcall::CallOptions().collect(metadata)).get();
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(text_in(*reply), path);
    EXPECT_EQ(metadata.trailing.find("x-method"), path);
  }
  EXPECT_EQ(client.unary("/some.Where/Unknown", bytes("a"), soon()).get().status(),
            Status::unimplemented("unknown even here"));
}

TEST(Fallback, IsEnoughForAServerAndNotTwo) {
  Anything anything;
  Anything another;
  farcall::Server alone(small_server());
  alone.add_fallback(anything);
  farcall::Channel channel(start(alone));
  auto chat = GenericClient(channel).bidi_streaming("/a.B/C", soon());
  for (const char* text : {"one", "two"}) {
    static_cast<void>(chat.write(bytes(text)).get());
    EXPECT_EQ(text_in(*chat.read().get()), text);
  }
  EXPECT_EQ(chat.finish().get(), Status());

  farcall::Server both(small_server());
  both.add_fallback(anything);
  both.add_fallback(another);
  both.listen("127.0.0.1:0");
  EXPECT_EQ(both.start().code(), StatusCode::already_exists);
}

TEST(Fallback, LetsTheKindOfTheMethodBeTheCallersMatter) {
  Anything anything;
  farcall::Server server(small_server());
  server.add_fallback(anything);
  farcall::Channel channel(start(server));
  Notes::Client notes(channel);
  EXPECT_EQ(notes.echo(note("a"), soon()).get()->text(), "a");
  auto reader = notes.repeat(note("b"), soon());
  EXPECT_EQ(reader.read().get()->text(), "b");
  EXPECT_FALSE(reader.read().get());
  EXPECT_EQ(reader.finish().get(), Status());
  auto writer = notes.join(soon());
  static_cast<void>(writer.write(note("c")).get());
  EXPECT_EQ(writer.finish().get()->text(), "c");
  // Two replies to a call that has one.
  auto twice = notes.join(soon());
  static_cast<void>(twice.write(note("c")).get());
  static_cast<void>(twice.write(note("d")).get());
  EXPECT_EQ(twice.finish().get().status().code(), StatusCode::unimplemented);
}

}  // namespace
}  // namespace messages_test
