// What a program should not do with a stub, a stream or a channel: each gives a clear status, or throws
// std::logic_error where two threads of thought contradict each other. (That the second use of a name is not
// undefined behaviour either is what the sanitizers see.)

#include "notes.hpp"

#include <farcall/all.hpp>
#include <farcall/runtime.hpp>
#include <farcall/sleep.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace messages_test {
namespace {

using farcall::Channel;
using farcall::Status;
using farcall::StatusCode;
using farcall::WriteResult;

class MisuseTest : public testing::Test {
 protected:
  MisuseTest() {
    server_.add(service_);
    target_ = start(server_);
    channel_ = std::make_unique<Channel>(target_);
  }

  NotesService service_;
  farcall::Server server_{small_server()};
  std::string target_;
  std::unique_ptr<Channel> channel_;
};

TEST_F(MisuseTest, AClientWhoseChannelIsGoneGivesCancelled) {
  Notes::Client notes(*channel_);
  EXPECT_TRUE(notes.echo(note("a"), soon()).get().ok());
  channel_.reset();
  const Status gone = Status::cancelled("the channel was destroyed");
  EXPECT_EQ(notes.echo(note("a"), soon()).get().status(), gone);
  auto reader = notes.repeat(note("b"), soon());
  EXPECT_FALSE(reader.read().get());
  EXPECT_EQ(reader.finish().get(), gone);
  auto writer = notes.join(soon());
  EXPECT_EQ(writer.write(note("c")).get(), WriteResult::call_ended);
  EXPECT_EQ(writer.finish().get().status(), gone);
  auto chat = notes.chat(soon());
  EXPECT_EQ(chat.finish().get(), gone);
  std::optional<Status> told;
  notes.echo(note("d"), soon()).then([&told](farcall::Result<Note> reply) { told = reply.status(); });
  EXPECT_EQ(told, gone);
}

TEST_F(MisuseTest, AClientOfAChannelOnASharedRuntimeGivesCancelledToo) {
  farcall::Runtime runtime;
  auto channel = std::make_unique<Channel>(runtime, target_);
  Notes::Client notes(*channel);
  auto never_begun = notes.echo(note("a"), soon());
  channel.reset();
  EXPECT_EQ(never_begun.get().status().code(), StatusCode::cancelled);
  struct Caller {
    static farcall::Task<Status> call(Notes::Client& client) {
      farcall::Result<Note> reply = co_await client.echo(note("b"), soon());
      co_return reply.status();
    }
  };
  EXPECT_EQ(runtime.block_on(Caller::call(notes)), Status::cancelled("the channel was destroyed"));
}

TEST_F(MisuseTest, AClientOfATemporaryChannelGivesCancelled) {
  Notes::Client notes{Channel(target_)};
  EXPECT_EQ(notes.echo(note("a"), soon()).get().status().code(), StatusCode::cancelled);
}

TEST_F(MisuseTest, AStreamThatOutlivesItsChannelTellsSo) {
  auto chat = Notes::Client(*channel_).chat(soon());
  static_cast<void>(chat.write(note("a")).get());
  EXPECT_TRUE(chat.read().get());
  channel_.reset();
  EXPECT_FALSE(chat.read().get());
  EXPECT_EQ(chat.write(note("b")).get(), WriteResult::call_ended);
  EXPECT_EQ(chat.close_send().get(), WriteResult::call_ended);
  EXPECT_EQ(chat.finish().get().code(), StatusCode::cancelled);
  EXPECT_EQ(chat.finish().get().code(), StatusCode::cancelled);
}

TEST_F(MisuseTest, AStreamThatWasFinishedSaysTheSameAgain) {
  auto chat = Notes::Client(*channel_).chat(soon());
  static_cast<void>(chat.write(note("a")).get());
  EXPECT_EQ(chat.finish().get(), Status());
  EXPECT_EQ(chat.finish().get(), Status());
  EXPECT_FALSE(chat.read().get());
  EXPECT_EQ(chat.write(note("b")).get(), WriteResult::call_ended);
  EXPECT_EQ(chat.close_send().get(), WriteResult::call_ended);
  EXPECT_TRUE(chat.initial_metadata().get().empty());
  chat.cancel();
  EXPECT_EQ(chat.finish().get(), Status());
}

TEST_F(MisuseTest, AReplyIsGivenOnce) {
  auto writer = Notes::Client(*channel_).join(soon());
  static_cast<void>(writer.write(note("a")).get());
  EXPECT_EQ(writer.finish().get()->text(), "a");
  EXPECT_EQ(writer.finish().get().status(),
            Status::failed_precondition("the reply of this call was given out before"));
}

TEST_F(MisuseTest, AWriteBehindCloseSendIsRefusedAndHarmsNothing) {
  auto chat = Notes::Client(*channel_).chat(soon());
  EXPECT_EQ(chat.write(note("a")).get(), WriteResult::accepted);
  EXPECT_EQ(chat.close_send().get(), WriteResult::accepted);
  EXPECT_EQ(chat.write(note("b")).get(), WriteResult::call_ended);
  EXPECT_EQ(chat.close_send().get(), WriteResult::call_ended);
  EXPECT_EQ(chat.read().get()->text(), "a");
  EXPECT_FALSE(chat.read().get());
  EXPECT_EQ(chat.finish().get(), Status());
}

TEST_F(MisuseTest, AReadBehindTheEndGivesNothingAgain) {
  auto reader = Notes::Client(*channel_).repeat(note("a"), soon());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(reader.read().get());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(reader.read().get());
  EXPECT_EQ(reader.finish().get(), Status());
  EXPECT_FALSE(reader.read().get());
  // On the server too: NotesService::join reads once more.
  auto writer = Notes::Client(*channel_).join(soon());
  EXPECT_EQ(writer.finish().get()->text(), "");
}

TEST_F(MisuseTest, ASecondOperationOfAKindThrowsWhileTheFirstIsUnderWay) {
  auto chat = Notes::Client(*channel_).chat(soon());
  std::optional<std::optional<Note>> heard;
  chat.read().then([&heard](std::optional<Note> reply) { heard = std::move(reply); });
  EXPECT_THROW(static_cast<void>(chat.read().get()), std::logic_error);
  channel_.reset();  // so that nobody is told of this test's variables later
  EXPECT_TRUE(heard.has_value());
}

/// Does not end by itself.
class PatientService final : public Notes::Service {
 public:
  farcall::Task<Status> chat(farcall::ServerContext&, farcall::ServerStream<Note, Note>&) override {
    co_await farcall::sleep(std::chrono::hours(1));
    co_return Status();
  }
};

TEST(StreamMisuse, ASecondFinishThrowsWhileTheFirstIsUnderWay) {
  PatientService service;
  farcall::Server server(small_server());
  server.add(service);
  Channel channel(start(server));
  auto chat = Notes::Client(channel).chat(soon());
  chat.finish().then([](const Status&) {});
  EXPECT_THROW(static_cast<void>(chat.finish().get()), std::logic_error);
}

TEST_F(MisuseTest, AStreamThatWasMovedAwayThrows) {
  auto first = Notes::Client(*channel_).chat(soon());
  auto second = std::move(first);
  EXPECT_THROW(static_cast<void>(first.read()), std::logic_error);
  EXPECT_THROW(static_cast<void>(first.write(note("a"))), std::logic_error);
  EXPECT_THROW(static_cast<void>(first.close_send()), std::logic_error);
  EXPECT_THROW(static_cast<void>(first.finish()), std::logic_error);
  EXPECT_THROW(static_cast<void>(first.initial_metadata()), std::logic_error);
  EXPECT_THROW(static_cast<void>(first.trailing_metadata()), std::logic_error);
  EXPECT_THROW(first.cancel(), std::logic_error);
  EXPECT_EQ(second.finish().get(), Status());
}

TEST_F(MisuseTest, AnOperationOutlivesItsStreamAndIsCancelledWithIt) {
  std::optional<farcall::Op<std::optional<Note>>> read;
  {
    auto chat = Notes::Client(*channel_).chat(soon());
    read.emplace(chat.read());
  }
  EXPECT_FALSE(read->get());
  EXPECT_THROW(static_cast<void>(read->get()), std::logic_error);
}

TEST_F(MisuseTest, ABlockingWaitOnALoopThrowsInsteadOfHanging) {
  farcall::Runtime runtime;
  Channel channel(runtime, target_);
  struct Caller {
    static farcall::Task<bool> waits(Notes::Client& client) {
      try {
        static_cast<void>(client.echo(note("a"), soon()).get());
      } catch (const std::logic_error&) {
        co_return true;
      }
      co_return false;
    }
  };
  Notes::Client notes(channel);
  EXPECT_TRUE(runtime.block_on(Caller::waits(notes)));
}

/// Reads, or writes, twice at once.
class HastyService final : public Notes::Service {
 public:
  using Stream = farcall::ServerStream<Note, Note>;

  farcall::Task<Status> chat(farcall::ServerContext& context, Stream& stream) override {
    const bool reads = context.metadata().contains("x-reads");
    try {
      if (reads) {
        co_await farcall::all(read(stream), read(stream));
      } else {
        co_await farcall::all(write(stream), write(stream));
      }
    } catch (const std::logic_error& error) {
      co_return Status::aborted(error.what());
    }
    co_return Status::internal("nobody minded");
  }

 private:
  static farcall::Task<void> read(Stream& stream) { co_await stream.read(); }
  /// More than the send buffer of a call and the window of its client hold.
  static farcall::Task<void> write(Stream& stream) {
    const Note large = note(std::string(1'000'000, 'x'));
    for (int i = 0; i < 20; ++i) co_await stream.write(large);
  }
};

TEST(HandlerMisuse, TwoReadsOrTwoWritesAtOnceThrowInTheHandler) {
  HastyService service;
  farcall::Server server(small_server());
  server.add(service);
  Channel channel(start(server));
  Notes::Client notes(channel);
  auto reading = notes.chat(soon().metadata("x-reads", "1"));
  EXPECT_EQ(reading.finish().get(), Status::aborted("a read of this call is waiting already; one at a time"));
  auto writing = notes.chat(soon());
  EXPECT_EQ(writing.finish().get(),
            Status::aborted("a write of this call is waiting already; one at a time"));
}

// What cannot be written down at all.
static_assert(!std::is_copy_constructible_v<farcall::ClientStream<Note, Note>>);
static_assert(!std::is_copy_constructible_v<farcall::ClientReader<Note>>);
static_assert(!std::is_copy_constructible_v<farcall::Op<Note>>);
static_assert(!std::is_copy_constructible_v<Channel> && !std::is_move_constructible_v<Channel>);
static_assert(!std::is_copy_constructible_v<farcall::ServerStream<Note, Note>>);

}  // namespace
}  // namespace messages_test
