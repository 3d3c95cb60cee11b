// What a streamed reply takes from the heap, from the handler's `co_await write` to the send queue: nothing.

#include "live_memory.hpp"
#include "server_dialogue.hpp"
#include "test_service.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace farcall::server::tests {
namespace {

/// Writes a thousand small replies, and a thousand more, of which it counts the allocations.
class CountingService final : public codegen::ServiceBase {
 public:
  Task<Status> count(ServerContext&, const Text&, ServerWriter<Text>& replies) {
    const Text reply = text("small");
    for (int i = 0; i < 1'000; ++i) co_await replies.write(reply);
    const std::size_t before = allocations();
    for (int i = 0; i < 1'000; ++i) co_await replies.write(reply);
    taken = allocations() - before;
    co_return Status();
  }

  [[nodiscard]] std::string_view service_name() const override { return "test.Counting"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override {
    static constexpr codegen::MethodBinding kMethods[] = {
        codegen::server_streaming<&CountingService::count>("/test.Counting/Count"),
    };
    return kMethods;
  }

  std::optional<std::size_t> taken;
};

TEST(StreamAllocations, ASmallReplyThatFindsRoomNeedsNone) {
  CountingService service;
  ServerDialogue d;
  d.add(service);
  Peer& peer = d.connect();
  peer.says(testing::frames()
                .headers(1)
                .request("POST", "/test.Counting/Count")
                .field("te", "trailers")
                .field("content-type", "application/grpc"));
  peer.says(testing::frames().data(1, message("2000")).end_stream());
  EXPECT_EQ(peer.answer(1).status(), "0");
  EXPECT_EQ(peer.answer(1).texts().size(), 2'000U);
  // Memory that grows by doubling may grow once more, for all of them together.
  ASSERT_TRUE(service.taken.has_value());
  EXPECT_LE(*service.taken, 1U);
}

}  // namespace
}  // namespace farcall::server::tests
