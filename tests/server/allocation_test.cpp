// A server that has warmed up serves unary calls without asking for memory.

#include "base/bytes.hpp"
#include "counting_allocator.hpp"
#include "net/loop.hpp"
#include "net/socket_stream.hpp"
#include "rpc/envelope.hpp"
#include "server/setup.hpp"
#include "server/shard.hpp"
#include "testing/frame_reader.hpp"
#include "testing/frame_script.hpp"

#include <farcall/codegen/service.hpp>

#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace farcall::server::tests {
namespace {

/// A message that has no memory of its own: what is counted is the server's.
using Number = google::protobuf::Int64Value;

class CountingService : public codegen::ServiceBase {
 public:
  Task<Result<Number>> next(ServerContext&, const Number& request) {
    ++calls;
    if (wasteful) waste = std::make_unique<int>(1);
    Number reply;
    reply.set_value(request.value() + 1);
    co_return reply;
  }
  [[nodiscard]] std::string_view service_name() const override { return "test.Counting"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override {
    static constexpr codegen::MethodBinding kMethods[] = {
        codegen::unary<&CountingService::next>("/test.Counting/Next"),
    };
    return kMethods;
  }

  std::size_t calls = 0;
  bool wasteful = false;
  std::unique_ptr<int> waste;
};

ServerOptions roomy() {
  ServerOptions options;
  options.max_concurrent_streams = 200;
  return options;
}

/// A shard with one connection, a socket, whose other end the test holds. The shard runs, and what it
/// allocates is counted, only while `turn` does: what the client does is not among it.
class WarmServer : public ::testing::Test {
 protected:
  WarmServer() {
    EXPECT_TRUE(setup_->router.add(service_).ok());
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw std::runtime_error("no socket pair");
    client_ = ends[1];
    shard_ = std::make_shared<Shard>(loop_, setup_);
    shard_->serve(net::SocketStream::make(loop_, net::Descriptor(ends[0]), net::Address::unix_unnamed()));
    says(testing::frames().preface().settings().settings_ack());
    turn();
    hear();
  }
  ~WarmServer() override {
    ::close(client_);
    turn();
  }

  static std::string message_of(std::int64_t value) {
    Number number;
    number.set_value(value);
    const std::string body = number.SerializeAsString();
    std::string text(rpc::kPrefixSize, '\0');
    rpc::write_prefix(reinterpret_cast<std::byte*>(text.data()), body.size());
    return text + body;
  }
  void says(const testing::FrameScript& script) const {
    const std::string bytes = script.bytes();
    if (::write(client_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("the socket takes no more");
  }
  /// The headers of the next call.
  testing::FrameScript request() {
    stream_ += 2;
    return testing::frames()
        .headers(stream_ - 2)
        .request("POST", "/test.Counting/Next")
        .field("te", "trailers")
        .field("content-type", "application/grpc");
  }
  /// `width` calls at once; returns what the server has allocated for them.
  std::size_t call(std::size_t width) {
    testing::FrameScript script;
    for (std::size_t i = 0; i < width; ++i) {
      script.then(request());
      script.data(stream_ - 2, message_of(41)).end_stream();
    }
    says(script);
    const std::size_t allocated = turn();
    hear();
    if (window_used_ > 10'000) {
      says(testing::frames().window_update(0, std::exchange(window_used_, 0)));
      EXPECT_EQ(turn(), 0u);
    }
    return allocated;
  }
  std::size_t turn() {
    const AllocationCount count;
    while (loop_.poll() > 0) {
    }
    return count.value();
  }
  void hear() {
    std::array<std::byte, 64 * 1024> bytes;
    for (ssize_t size = 0; (size = ::read(client_, bytes.data(), bytes.size())) > 0;)
      reader_.feed(base::ByteView(bytes).first(static_cast<std::size_t>(size)));
    while (auto frame = reader_.next()) {
      if (frame->type == testing::FrameType::data) {
        EXPECT_EQ(frame->payload, message_of(42));
        window_used_ += static_cast<std::uint32_t>(frame->payload.size());
        ++answers_;
      } else if (frame->type == testing::FrameType::ping && !frame->ack()) {
        says(testing::frames().ping_ack(frame->integer()));
        turn();
      }
    }
  }
  /// What 1,000 calls cost after 1,000 others, `width` at a time.
  std::size_t cost_of_a_thousand(std::size_t width) {
    for (std::size_t i = 0; i < 1'000; i += width) static_cast<void>(call(width));
    std::size_t allocated = 0;
    for (std::size_t i = 0; i < 1'000; i += width) allocated += call(width);
    EXPECT_EQ(service_.calls, 2'000u);
    EXPECT_EQ(answers_, 2'000u);
    return allocated;
  }

  CountingService service_;
  net::Loop loop_;
  std::shared_ptr<server::Setup> setup_ = std::make_shared<server::Setup>(roomy());
  std::shared_ptr<Shard> shard_;
  int client_ = -1;
  testing::FrameReader reader_;
  std::uint32_t stream_ = 1;
  std::uint32_t window_used_ = 0;
  std::size_t answers_ = 0;
};

TEST_F(WarmServer, AllocatesNothingForCallsOneAfterTheOther) {
  EXPECT_EQ(cost_of_a_thousand(1), 0u);
}

// A connection without a stream gives back what only a busy one needs, so one more call is kept open.
TEST_F(WarmServer, AllocatesNothingForAHundredCallsAtOnce) {
  says(request());
  turn();
  EXPECT_EQ(cost_of_a_thousand(100), 0u);
}

TEST_F(WarmServer, IsSeenToAllocateWhenAHandlerDoes) {
  service_.wasteful = true;
  EXPECT_EQ(cost_of_a_thousand(1), 1'000u);
}

}  // namespace
}  // namespace farcall::server::tests
