// Requests on an arena that belongs to the call. That nothing is left over is what the address sanitizer
// sees.

#include "notes.hpp"

#include <farcall/generic.hpp>

#include <google/protobuf/arena.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace messages_test {
namespace {

farcall::ServerOptions with_arenas() {
  farcall::ServerOptions options = small_server();
  options.request_arenas = true;
  return options;
}

Note large_note() {
  Note large = note(std::string(3'000, 'n'));
  for (int i = 0; i < 500; ++i) large.add_tags("a tag that is too long for the string itself");
  Note* inner = &large;
  for (int i = 0; i < 50; ++i) {
    inner = inner->mutable_inner();
    inner->set_text("deeper");
  }
  return large;
}

template <class Service>
class ArenaTest : public testing::Test {};
using Services = testing::Types<NotesService, BlockingNotesService>;
TYPED_TEST_SUITE(ArenaTest, Services);

TYPED_TEST(ArenaTest, HoldsTheRequestOfMethodsThatHaveOne) {
  TypeParam service;
  std::atomic<int> on_arena{0};
  std::atomic<int> elsewhere{0};
  service.seen = [&](const Note& request) { ++(request.GetArena() != nullptr ? on_arena : elsewhere); };
  farcall::Server server(with_arenas());
  server.add(service);
  farcall::Channel channel(start(server));
  Notes::Client notes(channel);
  const Note large = large_note();
  for (int i = 0; i < 20; ++i) {
    const Note request = i % 2 == 0 ? note("a") : large;
    const auto reply = notes.echo(request, soon()).get();
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->SerializeAsString(), request.SerializeAsString());
  }
  EXPECT_EQ(on_arena, 20);
  auto reader = notes.repeat(large, soon());
  while (auto reply = reader.read().get()) EXPECT_EQ(reply->tags_size(), 500);
  EXPECT_EQ(reader.finish().get(), farcall::Status());
  EXPECT_EQ(on_arena, 21);
  EXPECT_EQ(elsewhere, 0);
}

TYPED_TEST(ArenaTest, IsNotUsedUnlessAskedFor) {
  TypeParam service;
  std::atomic<int> on_arena{0};
  service.seen = [&](const Note& request) { on_arena += request.GetArena() != nullptr ? 1 : 0; };
  farcall::Server server(small_server());
  server.add(service);
  farcall::Channel channel(start(server));
  EXPECT_TRUE(Notes::Client(channel).echo(note("a"), soon()).get().ok());
  EXPECT_EQ(on_arena, 0);
}

TYPED_TEST(ArenaTest, GivesItsMemoryBackBetweenCalls) {
  TypeParam service;
  std::atomic<std::uint64_t> allocated{0};
  service.seen = [&](const Note& request) { allocated = request.GetArena()->SpaceAllocated(); };
  farcall::Server server(with_arenas());
  server.add(service);
  farcall::Channel channel(start(server));
  Notes::Client notes(channel);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(notes.echo(large_note(), soon()).get().ok());
    EXPECT_GT(allocated, 4'096U);
    EXPECT_TRUE(notes.echo(note("a"), soon()).get().ok());
    ASSERT_LE(allocated, 4'096U) << i;
  }
}

/// Makes its replies where its request lies.
class SameArena final : public Notes::Service {
 public:
  farcall::Task<farcall::Result<Note>> echo(farcall::ServerContext&, const Note& request) override {
    Note* reply = google::protobuf::Arena::CreateMessage<Note>(request.GetArena());
    *reply = request;
    co_return std::move(*reply);
  }
  farcall::Task<farcall::Status> repeat(farcall::ServerContext&, const Note& request,
                                        farcall::ServerWriter<Note>& writer) override {
    Note* reply = google::protobuf::Arena::CreateMessage<Note>(request.GetArena());
    for (const std::string& tag : request.tags()) {
      *reply->mutable_text() += tag;
      co_await writer.write(*reply);
    }
    co_return farcall::Status();
  }
};

TEST(Arena, IsThereForReplies) {
  SameArena service;
  farcall::Server server(with_arenas());
  server.add(service);
  farcall::Channel channel(start(server));
  Notes::Client notes(channel);
  EXPECT_EQ(notes.echo(large_note(), soon()).get()->tags_size(), 500);
  auto reader = notes.repeat(large_note(), soon());
  std::size_t last = 0;
  while (auto reply = reader.read().get()) last = reply->text().size();
  EXPECT_EQ(last, 500 * large_note().tags(0).size());
}

TEST(Arena, IsFreedWhenTheClientGoesAway) {
  SameArena service;
  farcall::Server server(with_arenas());
  server.add(service);
  const std::string target = start(server);
  for (int i = 0; i < 5; ++i) {
    farcall::Channel channel(target);
    Notes::Client notes(channel);
    auto reader = notes.repeat(large_note(), soon());
    EXPECT_TRUE(reader.read().get());
  }
  farcall::Channel channel(target);
  EXPECT_TRUE(Notes::Client(channel).echo(large_note(), soon()).get().ok());
}

TEST(Arena, IsFreedWhenTheRequestCannotBeParsed) {
  SameArena service;
  farcall::Server server(with_arenas());
  server.add(service);
  farcall::Channel channel(start(server));
  std::string bytes = large_note().SerializeAsString();
  bytes.resize(bytes.size() - 1);
  farcall::GenericClient client(channel);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.unary("/messages_test.Notes/Echo", farcall::Buffer::copy_of(bytes), soon())
                  .get()
                  .status()
                  .code(),
              farcall::StatusCode::internal);
  }
}

}  // namespace
}  // namespace messages_test
