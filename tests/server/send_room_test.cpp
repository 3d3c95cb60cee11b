// Handlers that send many small replies in a turn, or make replies that they send later or never.

#include "server_dialogue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace farcall::server::tests {
namespace {

using testing::frames;

/// What its replies are is what their values say, in this order.
class Writers : public codegen::ServiceBase {
 public:
  virtual Task<Status> many(ServerContext&, const Text& request, ServerWriter<Text>& replies) {
    const int count = std::stoi(request.value());
    for (int i = 0; i < count; ++i) {
      // Some are larger than what goes the short way.
      co_await replies.write(text(std::to_string(i) + std::string(i % 50 == 49 ? 300 : 0, '.')));
    }
    co_return Status();
  }
  /// In another order than they were made in, and not all.
  virtual Task<Status> shuffled(ServerContext&, const Text&, ServerWriter<Text>& replies) {
    co_await replies.write(text("1"));
    co_await replies.write(text("2"));
    auto fifth = replies.write(text("5"));
    { auto never = replies.write(text("never")); }
    auto fourth = replies.write(text("4"));
    co_await replies.write(text("3"));
    co_await fourth;
    co_await fifth;
    { auto never = replies.write(text("never")); }
    auto across = replies.write(text("6"));
    co_await gate.pass();
    co_await across;
    auto too_late = replies.write(text("never"));
    co_return Status();
  }
  /// Goes on when its client has gone.
  virtual Task<Status> stubborn(ServerContext&, const Text&, ServerWriter<Text>& replies) {
    Alive alive(lives);
    for (int i = 0; i < 5; ++i) co_await replies.write(text("x"));
    auto made = replies.write(text("y"));
    co_await foreign.pass();
    co_await made;
    co_await replies.write(text("z"));
    co_return Status();
  }
  /// Awaits one reply twice.
  virtual Task<Status> twice(ServerContext&, const Text& request, ServerWriter<Text>& replies) {
    const int before = std::stoi(request.value());
    for (int i = 0; i < before; ++i) co_await replies.write(text("x"));
    auto made = replies.write(text("once"));
    co_await made;
    try {
      co_await made;
    } catch (const std::logic_error& error) {
      co_return Status::aborted(error.what());
    }
    co_return Status();
  }
  virtual Task<Status> fails(ServerContext&, const Text&, ServerWriter<Text>& replies) {
    for (int i = 0; i < 5; ++i) co_await replies.write(text("x"));
    auto made = replies.write(text("never"));
    throw std::runtime_error("enough");
  }

  [[nodiscard]] std::string_view service_name() const override { return "test.Writers"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override {
    static constexpr codegen::MethodBinding kMethods[] = {
        codegen::server_streaming<&Writers::many>("/test.Coroutines/Many"),
        codegen::server_streaming<&Writers::shuffled>("/test.Coroutines/Shuffled"),
        codegen::server_streaming<&Writers::stubborn>("/test.Coroutines/Stubborn"),
        codegen::server_streaming<&Writers::twice>("/test.Coroutines/Twice"),
        codegen::server_streaming<&Writers::fails>("/test.Coroutines/Fails"),
    };
    return kMethods;
  }

  Gate gate;
  ForeignGate foreign;
  Lives lives;
};

class SendRoom : public ::testing::Test {
 protected:
  SendRoom() { d.add(service); }

  Writers service;
  ServerDialogue d;
};

TEST_F(SendRoom, CarriesAllOfManyRepliesInOrder) {
  Peer& peer = d.connect();
  peer.says(unary(1, "Many", "20000").window_update(0, 10'000'000).window_update(1, 10'000'000));
  const std::vector<std::string> texts = peer.answer(1).texts();
  ASSERT_EQ(texts.size(), 20'000u);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    ASSERT_EQ(texts[i], std::to_string(i) + std::string(i % 50 == 49 ? 300 : 0, '.'));
  }
  EXPECT_EQ(peer.answer(1).status(), "0");
}

TEST_F(SendRoom, WaitsForItsClientsWindow) {
  Peer& peer = d.connect({{testing::Setting::initial_window_size, 1'000}});
  peer.says(unary(1, "Many", "20000"));
  EXPECT_EQ(peer.answer(1).body.size(), 1'000u);
  EXPECT_FALSE(peer.answer(1).ended);
  for (int i = 0; i < 40; ++i) peer.says(frames().window_update(0, 10'000).window_update(1, 10'000));
  EXPECT_EQ(peer.answer(1).texts().size(), 20'000u);
  EXPECT_EQ(peer.answer(1).status(), "0");
}

TEST_F(SendRoom, IsSharedByTheStreamsOfAConnection) {
  Peer& peer = d.connect();
  peer.says(unary(1, "Many", "3000").then(unary(3, "Many", "3000")).then(unary(5, "Shuffled", "")));
  service.gate.open();
  d.settle();
  peer.says(frames().window_update(0, 1'000'000));
  EXPECT_EQ(peer.answer(1).texts().size(), 3'000u);
  EXPECT_EQ(peer.answer(3).texts().size(), 3'000u);
  EXPECT_EQ(peer.answer(5).texts(), (std::vector<std::string>{"1", "2", "3", "4", "5", "6"}));
}

TEST_F(SendRoom, SendsWhatIsAwaitedWhenItIs) {
  Peer& peer = d.connect();
  peer.says(unary(1, "Shuffled", ""));
  EXPECT_EQ(peer.answer(1).texts(), (std::vector<std::string>{"1", "2", "3", "4", "5"}));
  service.gate.open();
  d.settle();
  EXPECT_EQ(peer.answer(1).texts(), (std::vector<std::string>{"1", "2", "3", "4", "5", "6"}));
  EXPECT_EQ(peer.answer(1).status(), "0");
}

// What lay in the room is gone, so that nobody may send it again: the same for a reply that lay elsewhere.
TEST_F(SendRoom, SendsAReplyOnce) {
  std::uint32_t id = 1;
  for (const std::size_t before : {0u, 5u}) {
    Peer& peer = d.connect();
    peer.says(unary(id, "Twice", std::to_string(before)));
    std::vector<std::string> expected(before, "x");
    expected.emplace_back("once");
    EXPECT_EQ(peer.answer(id).texts(), expected);
    EXPECT_EQ(peer.answer(id).status(), "10");
  }
}

TEST_F(SendRoom, EndsWithTheConnection) {
  Peer& peer = d.connect();
  peer.says(unary(1, "Stubborn", ""));
  peer.disconnects();
  d.settle();
  ASSERT_EQ(service.foreign.waiters(), 1u);
  service.foreign.let_one_pass();
  d.settle();
  EXPECT_EQ(service.lives.ended, service.lives.begun);
}

// Nothing can be written, so nobody takes back what was lent before the connection goes.
TEST_F(SendRoom, EndsWithAConnectionThatIsStuck) {
  testing::MemoryStreamOptions small;
  small.capacity = 1000;
  for (const bool lost : {true, false}) {
    ServerDialogue stuck(ServerDialogue::quiet_options(), small);
    stuck.add(service);
    Peer& peer = stuck.connect();
    peer.stops_reading();
    peer.says(unary(3, "Many", "100000"));
    peer.says(unary(5, "Stubborn", ""));
    if (lost) {
      peer.disconnects();
      stuck.settle();
    } else {
      stuck.shard().close();
    }
    ASSERT_EQ(service.foreign.waiters(), 1u);
    service.foreign.let_one_pass();
    stuck.settle();
    EXPECT_EQ(service.lives.ended, service.lives.begun);
  }
}

TEST_F(SendRoom, EndsWithAHandlerThatThrows) {
  Peer& peer = d.connect();
  peer.says(unary(1, "Fails", ""));
  EXPECT_EQ(peer.answer(1).texts(), std::vector<std::string>(5, "x"));
  EXPECT_EQ(peer.answer(1).status(), "2");
}

}  // namespace
}  // namespace farcall::server::tests
