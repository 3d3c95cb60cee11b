// Requests of many frames, whose parts stay where they were read until they are parsed.

#include "rpc/envelope.hpp"
#include "server_dialogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::server::tests {
namespace {

using testing::frames;
using testing::FrameScript;

constexpr std::uint32_t kWide = 4'000'000;

/// ASCII, of which no two parts look alike.
std::string some_text(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

/// What a client has to send on one stream.
struct Upload {
  std::uint32_t stream;
  std::string payload;
  std::size_t sent = 0;

  [[nodiscard]] bool done() const { return sent == payload.size(); }
  /// As many frames as the window lets go, and no more than one read takes.
  [[nodiscard]] FrameScript next(Peer& peer) {
    FrameScript script = frames();
    for (std::size_t room = 60'000; room > 0 && !done();) {
      const std::size_t window = 65'535 + peer.window_granted(stream) - sent;
      const std::size_t size = std::min({payload.size() - sent, window, room, std::size_t{16'000}});
      if (size == 0) break;
      script = std::move(script).data(stream, payload.substr(sent, size));
      sent += size;
      room -= size;
    }
    return script;
  }
};

FrameScript begin(std::uint32_t stream, std::string_view method) {
  return call(stream, method).window_update(stream, kWide).window_update(0, kWide);
}

/// Counts the memory that the loop has read into.
class ReadMemory {
 public:
  explicit ReadMemory(ServerDialogue& dialogue) : dialogue_(dialogue) { look(); }
  void look() {
    dialogue_.loop().post([this] { seen_.insert(dialogue_.loop().read_buffer().space().data()); });
    dialogue_.settle();
  }
  [[nodiscard]] std::size_t count() const { return seen_.size(); }

 private:
  ServerDialogue& dialogue_;
  std::set<const std::byte*> seen_;
};

TEST(LargeRequest, IsParsedWhereItWasReadAlsoWhenTwoComeAtOnce) {
  ServerDialogue d;
  Peer& peer = d.connect();
  ReadMemory memory(d);
  const std::string first = some_text(700'000, 1);
  const std::string second = some_text(500'000, 2);
  Upload uploads[] = {{1, message(first)}, {3, message(second)}};
  for (const Upload& upload : uploads) peer.says(begin(upload.stream, "Echo"));
  while (!uploads[0].done() || !uploads[1].done()) {
    for (Upload& upload : uploads) {
      if (upload.done()) continue;
      peer.says(upload.next(peer));
      memory.look();
    }
  }
  EXPECT_GE(memory.count(), 10u);
  for (const Upload& upload : uploads) peer.says(frames().data(upload.stream).end_stream());
  EXPECT_TRUE(peer.answer(1).texts() == std::vector<std::string>{first});
  EXPECT_TRUE(peer.answer(3).texts() == std::vector<std::string>{second});
}

/// As much as 64 KiB may be sent before the server has said anything.
TEST(LargeRequest, Of64KiBFitsIntoTheWindow) {
  ServerDialogue d;
  Peer& peer = d.connect();
  const std::string text = some_text(64 * 1024, 9);
  const std::string payload = message(text);
  FrameScript script = begin(1, "Echo");
  for (std::size_t at = 0; at < payload.size(); at += 16'384) {
    script = std::move(script).data(1, payload.substr(at, 16'384));
  }
  peer.says(std::move(script).end_stream());
  EXPECT_EQ(peer.answer(1).reset, std::nullopt);
  EXPECT_TRUE(peer.answer(1).texts() == std::vector<std::string>{text});
}

TEST(LargeRequest, IsCompleteWithTheFrameThatEndsTheStream) {
  ServerDialogue d;
  Peer& peer = d.connect();
  const std::string text = some_text(300'000, 3);
  Upload upload{1, message(text)};
  peer.says(begin(1, "Echo"));
  while (upload.payload.size() - upload.sent > 20'000) peer.says(upload.next(peer));
  peer.says(frames().data(1, upload.payload.substr(upload.sent)).end_stream());
  EXPECT_TRUE(peer.answer(1).texts() == std::vector<std::string>{text});
}

TEST(LargeRequest, WaitsForAHandlerInTheMemoryThatItWasReadInto) {
  ServerOptions options = ServerDialogue::quiet_options();
  options.max_concurrent_streams = 1;
  ServerDialogue d(options);
  Peer& peer = d.connect();
  peer.says(unary(1, "WaitForeign", "x").reset(1, http2::ErrorCode::cancel));
  const std::string text = some_text(300'000, 4);
  Upload upload{3, message(text)};
  peer.says(begin(3, "Echo"));
  while (!upload.done()) peer.says(upload.next(peer));
  peer.says(frames().data(3).end_stream());
  EXPECT_TRUE(peer.answer(3).headers.empty());
  // What is read now may not be read over it.
  for (int i = 0; i < 40; ++i) {
    peer.says(
        frames().headers(5 + 2 * static_cast<std::uint32_t>(i)).request("POST", "/" + some_text(8'000, 5)));
  }
  d.loop().post([&d] { d.service.foreign.let_one_pass(); });
  // It is more than is on its way at a time.
  for (int i = 0; i < 10 && !peer.answer(3).ended; ++i) d.settle();
  EXPECT_TRUE(peer.answer(3).texts() == std::vector<std::string>{text});
}

TEST(LargeRequest, GivesTheMemoryBackWhenItsStreamIsReset) {
  ServerDialogue d;
  Peer& peer = d.connect();
  ReadMemory memory(d);
  for (std::uint32_t stream = 1; stream < 41; stream += 2) {
    Upload upload{stream, message(some_text(700'000, stream))};
    peer.says(begin(stream, "Echo"));
    while (upload.sent < 400'000) {
      peer.says(upload.next(peer));
      memory.look();
    }
    peer.says(frames().reset(stream, http2::ErrorCode::cancel));
  }
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
  EXPECT_LE(memory.count(), 20u) << "it goes round";
}

TEST(LargeRequest, IsOnePieceForAHandlerThatReadsAStream) {
  ServerDialogue d;
  Peer& peer = d.connect();
  const std::string first = some_text(300'000, 6);
  const std::string second = some_text(200'000, 7);
  Upload upload{1, message(first) + message("small") + message(second)};
  peer.says(begin(1, "Join"));
  while (!upload.done()) peer.says(upload.next(peer));
  peer.says(frames().data(1).end_stream());
  const std::vector<std::string> texts = peer.answer(1).texts();
  ASSERT_EQ(texts.size(), 1u);
  EXPECT_NE(texts[0].find(first), std::string::npos);
  EXPECT_NE(texts[0].find("small"), std::string::npos);
  EXPECT_NE(texts[0].find(second), std::string::npos);
}

TEST(LargeRequest, ThatCannotBeParsedEndsTheCall) {
  ServerDialogue d;
  Peer& peer = d.connect();
  // A field that goes on beyond the message.
  std::string payload = message(some_text(300'000, 8));
  payload[rpc::kPrefixSize + 2] = static_cast<char>(payload[rpc::kPrefixSize + 2] + 1);
  Upload upload{1, payload};
  peer.says(begin(1, "Echo"));
  while (!upload.done()) peer.says(upload.next(peer));
  peer.says(frames().data(1).end_stream());
  EXPECT_EQ(peer.answer(1).status(), "13");
  EXPECT_EQ(peer.answer(1).trailer("grpc-message"), "a request could not be parsed");
  EXPECT_EQ(d.service.lives.begun, 0u);
}

}  // namespace
}  // namespace farcall::server::tests
