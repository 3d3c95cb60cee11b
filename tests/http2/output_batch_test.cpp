// What poll_output cuts at a time.

#include "http2/connection.hpp"
#include "http2/stream/scheduler.hpp"
#include "testing/frame_script.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace farcall::http2 {
namespace {

using testing::frames;
using testing::Setting;

/// A server whose client has room for anything, and the sizes of the batches in which it answers.
class OutputBatch : public ::testing::Test {
 protected:
  OutputBatch() {
    hears(frames().preface().settings({{Setting::initial_window_size, 100'000'000}}).bytes());
    hears(frames().settings_ack().window_update(0, 100'000'000).bytes());
    static_cast<void>(write());
  }

  enum class Ends : std::uint8_t { no, yes };

  /// Answers so many requests at once, each with `size` bytes and, to end, trailers.
  void answer(std::uint32_t requests, std::size_t size, Ends ends = Ends::yes) {
    for (std::uint32_t i = 0; i < requests; ++i) {
      hears(frames().headers(1 + 2 * i).request().end_stream().bytes());
    }
    for (const StreamKey stream : asked_) {
      engine_.send_headers(stream, map(":status", "200"), false);
      static_cast<void>(engine_.send_data(stream, Buffer(size), false));
    }
    if (ends == Ends::no) return;
    for (const StreamKey stream : asked_) engine_.send_trailers(stream, map("grpc-status", "0"));
  }
  /// All there is to write, batch by batch.
  std::vector<std::size_t> write() {
    std::vector<std::size_t> batches;
    std::array<base::ByteView, 256> gather;
    while (const std::size_t count = engine_.poll_output(gather)) {
      std::size_t size = 0;
      for (const base::ByteView& piece : std::span(gather).first(count)) size += piece.size();
      batches.push_back(size);
      engine_.consumed(size);
    }
    return batches;
  }
  [[nodiscard]] std::size_t open_streams() const { return engine_.open_streams(); }

 private:
  static http::HeaderMap map(std::string_view name, std::string_view value) {
    http::HeaderMap headers;
    headers.append(name, value);
    return headers;
  }
  void hears(const std::string& bytes) {
    engine_.receive(base::as_bytes(bytes), base::TimePoint{});
    while (Event* happened = engine_.poll_event()) {
      if (auto* headers = std::get_if<event::Headers>(happened)) asked_.push_back(headers->stream);
    }
  }

  Connection engine_{Role::server, std::make_shared<const Config>(), base::TimePoint{}};
  std::vector<StreamKey> asked_;
};

// What precedes a message in gRPC and names its field makes one of 256 KiB a few bytes longer.
TEST_F(OutputBatch, TakesTheEndOfAMessageAlong) {
  answer(1, Connection::kOutputBatch + 9);
  EXPECT_EQ(write().size(), 1U);
  EXPECT_EQ(open_streams(), 0U);
}

TEST_F(OutputBatch, LeavesForTheNextOneWhatIsWorthAWrite) {
  answer(1, Connection::kOutputBatch + 5'000);
  EXPECT_EQ(write().size(), 2U);
}

// A stream that has no end yet may say more: what little it has now is no reason to make this batch larger.
TEST_F(OutputBatch, DoesNotTakeAlongWhatIsNoEnd) {
  answer(1, Connection::kOutputBatch + 9, Ends::no);
  EXPECT_EQ(write().size(), 2U);
  EXPECT_EQ(open_streams(), 1U);
}

// 96 messages of which a last kilobyte is left just when a batch is full.
TEST_F(OutputBatch, IsBoundedHoweverManyEndsThereAre) {
  answer(96, Scheduler::kQuantum + 1'000);
  std::size_t largest = 0;
  for (const std::size_t batch : write()) largest = std::max(largest, batch);
  EXPECT_GT(largest, Connection::kOutputBatch + Scheduler::kQuantum / 2) << "it took some along";
  EXPECT_LE(largest, Connection::kOutputBatch + Scheduler::kQuantum + 2'000);
  EXPECT_EQ(open_streams(), 0U);
}

}  // namespace
}  // namespace farcall::http2
