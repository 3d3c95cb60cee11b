// Messages in another form than protobuf's, from a generated client to a generated service and back.

#include "notes.hpp"

#include <farcall/codec.hpp>
#include <farcall/generic.hpp>
#include <farcall/runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace messages_test {
namespace {

using farcall::Buffer;
using farcall::Status;
using farcall::StatusCode;
using testing::HasSubstr;

/// A note is its text behind "note:". Some texts it does not like.
class PlainCodec final : public farcall::Codec {
 public:
  explicit PlainCodec(std::string name = "plain") : name_(std::move(name)) {}

  std::string_view name() const override { return name_; }
  Status serialize(const google::protobuf::MessageLite& message, Buffer& out) const override {
    const std::string& text = static_cast<const Note&>(message).text();
    if (text == "refuse to serialize") return Status::out_of_range("not this one");
    if (text == "throw") throw std::runtime_error("secret");
    if (text.starts_with("clear")) out.clear();
    if (text == "clear all") return Status();
    out.append(std::as_bytes(std::span(std::string_view("note:"))));
    out.append(std::as_bytes(std::span(text)));
    ++serialized;
    return Status();
  }
  Status parse(std::span<const std::byte> bytes, google::protobuf::MessageLite& message) const override {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.ends_with("refuse to parse") || !text.starts_with("note:"))
      return Status::data_loss("this is no note");
    if (text.ends_with("throw at parsing")) throw 42;
    static_cast<Note&>(message).set_text(std::string(text.substr(5)));
    ++parsed;
    return Status();
  }

  mutable std::atomic<int> serialized{0};
  mutable std::atomic<int> parsed{0};

 private:
  std::string name_;
};

class CodecTest : public testing::Test {
 protected:
  CodecTest() {
    server_.add(service_);
    server_.add(codec_);
    target_ = start(server_);
    farcall::ChannelOptions options;
    options.codec = codec_;
    channel_.emplace(target_, options);
  }

  /// That the connection has survived what came before.
  void expect_good_call() {
    Notes::Client notes(*channel_);
    // Several times, without a timeout that differs: the server then knows the headers.
    for (int i = 0; i < 4; ++i) {
      const auto reply = notes.echo(note("still here")).get();
      ASSERT_TRUE(reply.ok()) << reply.status();
      EXPECT_EQ(reply->text(), "still here");
    }
  }

  std::shared_ptr<PlainCodec> codec_ = std::make_shared<PlainCodec>();
  NotesService service_;
  farcall::Server server_{small_server()};
  std::string target_;
  std::optional<farcall::Channel> channel_;
};

TEST_F(CodecTest, CarriesEveryKindOfCall) {
  Notes::Client notes(*channel_);
  const auto echoed = notes.echo(note("a"), soon()).get();
  ASSERT_TRUE(echoed.ok()) << echoed.status();
  EXPECT_EQ(echoed->text(), "a");

  auto reader = notes.repeat(note("b"), soon());
  int replies = 0;
  while (auto reply = reader.read().get()) {
    EXPECT_EQ(reply->text(), "b");
    ++replies;
  }
  EXPECT_EQ(replies, 3);
  EXPECT_EQ(reader.finish().get(), Status());

  auto writer = notes.join(soon());
  static_cast<void>(writer.write(note("c")).get());
  static_cast<void>(writer.write(note("d")).get());
  EXPECT_EQ(writer.finish().get()->text(), "cd");

  auto chat = notes.chat(soon());
  static_cast<void>(chat.write(note("e")).get());
  EXPECT_EQ(chat.read().get()->text(), "e");
  EXPECT_EQ(chat.finish().get(), Status());
  EXPECT_EQ(codec_->serialized, 11);
  EXPECT_EQ(codec_->parsed, 11);
}

TEST_F(CodecTest, IsGivenMessagesOfManyFramesInOnePiece) {
  Notes::Client notes(*channel_);
  const std::string text = long_text(1'000'000);
  const auto echoed = notes.echo(note(text), soon()).get();
  ASSERT_TRUE(echoed.ok()) << echoed.status();
  EXPECT_TRUE(echoed->text() == text);
}

TEST_F(CodecTest, IsChosenByTheCallAndProtobufStaysWhatItIs) {
  farcall::Channel channel(target_);
  Notes::Client notes(channel);
  EXPECT_TRUE(notes.echo(note("in protobuf"), soon()).get().ok());
  EXPECT_EQ(codec_->serialized, 0);
  EXPECT_TRUE(notes.echo(note("in plain text"), soon().codec(codec_)).get().ok());
  EXPECT_EQ(codec_->serialized, 2);
  EXPECT_TRUE(notes.echo(note("in protobuf"), soon()).get().ok());
  EXPECT_EQ(codec_->serialized, 2);
}

TEST_F(CodecTest, IsRefusedByAServerThatDoesNotKnowIt) {
  farcall::Channel channel(target_);
  Notes::Client notes(channel);
  const auto reply = notes.echo(note("a"), soon().codec(std::make_shared<PlainCodec>("fancy"))).get();
  EXPECT_EQ(reply.status().code(), StatusCode::unimplemented);
  EXPECT_THAT(reply.status().message(), HasSubstr("'fancy'"));
}

TEST_F(CodecTest, EndsAUnaryCallWithWhatItSaysOfTheRequest) {
  Notes::Client notes(*channel_);
  const auto refused = notes.echo(note("refuse to serialize"), soon()).get();
  EXPECT_EQ(refused.status(),
            Status::out_of_range("the codec 'plain' cannot serialize messages_test.Note: not this one"));
  const auto threw = notes.echo(note("throw"), soon()).get();
  EXPECT_EQ(threw.status(), Status::internal("the codec 'plain' cannot serialize messages_test.Note: it "
                                             "threw an exception"));
  EXPECT_FALSE(notes.echo(note("clear"), soon()).get().ok());
  EXPECT_FALSE(notes.echo(note("clear all"), soon()).get().ok());
  expect_good_call();
}

TEST_F(CodecTest, EndsStreamsWithWhatItSaysOfARequest) {
  Notes::Client notes(*channel_);
  auto reader = notes.repeat(note("refuse to serialize"), soon());
  EXPECT_FALSE(reader.read().get());
  EXPECT_EQ(reader.finish().get().code(), StatusCode::out_of_range);

  auto chat = notes.chat(soon());
  EXPECT_EQ(chat.write(note("refuse to serialize")).get(), farcall::WriteResult::call_ended);
  EXPECT_EQ(chat.finish().get().code(), StatusCode::out_of_range);

  auto writer = notes.join(soon());
  EXPECT_EQ(writer.write(note("throw")).get(), farcall::WriteResult::call_ended);
  EXPECT_EQ(writer.finish().get().status().code(), StatusCode::internal);
  expect_good_call();
}

TEST_F(CodecTest, EndsCallsOfTheServerWithWhatItSaysOfTheRequest) {
  Notes::Client notes(*channel_);
  const auto refused = notes.echo(note("refuse to parse"), soon()).get();
  EXPECT_EQ(refused.status(),
            Status::data_loss("the codec 'plain' cannot parse messages_test.Note: this is no note"));
  EXPECT_EQ(refused.status().origin(), farcall::StatusOrigin::peer);
  EXPECT_EQ(notes.echo(note("throw at parsing"), soon()).get().status().code(), StatusCode::internal);

  auto chat = notes.chat(soon());
  static_cast<void>(chat.write(note("refuse to parse")).get());
  EXPECT_FALSE(chat.read().get());
  EXPECT_EQ(chat.finish().get().code(), StatusCode::data_loss);
  expect_good_call();
}

/// A service whose replies the codec does not like.
class BadReplies final : public Notes::Service {
 public:
  farcall::Task<farcall::Result<Note>> echo(farcall::ServerContext&, const Note& request) override {
    co_return note(request.tags_size() > 0 ? request.tags(0) : "throw");
  }
  farcall::Task<Status> repeat(farcall::ServerContext&, const Note& request,
                               farcall::ServerWriter<Note>& writer) override {
    co_await writer.write(request);
    co_await writer.write(note("refuse to serialize"));
    went_on = true;
    co_return Status();
  }
  std::atomic<bool> went_on{false};
};

class BadBlockingReplies final : public Notes::BlockingService {
 public:
  farcall::Result<Note> echo(farcall::ServerContext&, const Note&) override { return note("throw"); }
  Status repeat(farcall::ServerContext&, const Note& request,
                farcall::BlockingWriter<Note>& writer) override {
    writer.write(request);
    writer.write(note("refuse to serialize"));
    return Status();
  }
};

template <class Service>
class BadReplyTest : public testing::Test {};
using BadServices = testing::Types<BadReplies, BadBlockingReplies>;
TYPED_TEST_SUITE(BadReplyTest, BadServices);

TYPED_TEST(BadReplyTest, EndsTheCallWithWhatTheCodecSaysOfIt) {
  TypeParam service;
  auto codec = std::make_shared<PlainCodec>();
  farcall::Server server(small_server());
  server.add(service);
  server.add(codec);
  farcall::ChannelOptions options;
  options.codec = codec;
  farcall::Channel channel(start(server), options);
  Notes::Client notes(channel);
  const Status threw = notes.echo(note("a"), soon()).get().status();
  EXPECT_EQ(threw.code(), StatusCode::internal);
  EXPECT_THAT(threw.message(), HasSubstr("it threw an exception"));
  EXPECT_EQ(threw.message().find("secret"), std::string::npos);

  auto reader = notes.repeat(note("b"), soon());
  EXPECT_EQ(reader.read().get()->text(), "b");
  EXPECT_FALSE(reader.read().get());
  const Status refused = reader.finish().get();
  EXPECT_EQ(refused.code(), StatusCode::out_of_range);
  if constexpr (std::is_same_v<TypeParam, BadReplies>) {
    EXPECT_FALSE(service.went_on);
  }
}

TEST(BlockingCodec, CarriesStreams) {
  BlockingNotesService service;
  auto codec = std::make_shared<PlainCodec>();
  farcall::Server server(small_server());
  server.add(service);
  server.add(codec);
  farcall::ChannelOptions options;
  options.codec = codec;
  farcall::Channel channel(start(server), options);
  Notes::Client notes(channel);
  auto chat = notes.chat(soon());
  static_cast<void>(chat.write(note("a")).get());
  EXPECT_EQ(chat.read().get()->text(), "a");
  static_cast<void>(chat.write(note("throw at parsing")).get());
  EXPECT_FALSE(chat.read().get());
  EXPECT_EQ(chat.finish().get().code(), StatusCode::internal);
  EXPECT_EQ(notes.echo(note("b"), soon()).get()->text(), "b");
}

/// Tells what it knows of its call's codec.
class NamesCodec final : public farcall::GenericService {
 public:
  farcall::Task<Status> handle(farcall::ServerContext& context,
                               farcall::ServerStream<Buffer, Buffer>& stream) override {
    const auto message = co_await stream.read();
    const std::string name(context.codec() ? context.codec()->name() : "protobuf");
    co_return Status::aborted(name + ": " + std::string(message->text()));
  }
};

TEST(GenericCodec, NamesTheFormAndLeavesTheBytesAlone) {
  NamesCodec service;
  auto codec = std::make_shared<PlainCodec>();
  farcall::Server server(small_server());
  server.add_fallback(service);
  server.add(codec);
  farcall::Channel channel(start(server));
  farcall::GenericClient client(channel);
  const Buffer bytes = Buffer::copy_of("throw");
  EXPECT_EQ(client.unary("/a.B/C", bytes, soon().codec(codec)).get().status(),
            Status::aborted("plain: throw"));
  EXPECT_EQ(client.unary("/a.B/C", bytes, soon()).get().status(), Status::aborted("protobuf: throw"));
  EXPECT_EQ(codec->serialized + codec->parsed, 0);
}

TEST(CodecNames, ThatCannotStandInAContentTypeAreRefusedByAll) {
  for (const char* name : {"", "proto", "JSON", "a b", "a\r\nb", "j/son"}) {
    auto codec = std::make_shared<PlainCodec>(name);
    EXPECT_THROW(farcall::CallOptions().codec(codec), std::invalid_argument) << name;
    farcall::ChannelOptions options;
    options.codec = codec;
    farcall::Channel channel("127.0.0.1:1", options);
    EXPECT_EQ(channel.status().code(), StatusCode::invalid_argument);
    EXPECT_EQ(Notes::Client(channel).echo(note("a")).get().status(), channel.status());
    NotesService service;
    farcall::Server server(small_server());
    server.add(service);
    server.add(codec);
    server.listen("127.0.0.1:0");
    EXPECT_EQ(server.start().code(), StatusCode::invalid_argument) << name;
  }
}

TEST(CodecNames, AreTakenOnlyOnce) {
  NotesService service;
  farcall::Server server(small_server());
  server.add(service);
  server.add(std::make_shared<PlainCodec>());
  server.add(std::make_shared<PlainCodec>());
  server.listen("127.0.0.1:0");
  EXPECT_EQ(server.start(), Status::already_exists("two codecs are named 'plain': add only one of them"));
}

}  // namespace
}  // namespace messages_test
