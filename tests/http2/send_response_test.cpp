// A response sent at once is what the three steps would have sent: byte for byte, event for event.

#include "base/bytes.hpp"
#include "http2/connection.hpp"
#include "testing/frame_script.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace farcall::http2 {
namespace {

using testing::frames;

enum class Way : std::uint8_t { at_once, in_steps };

http::HeaderMap map(std::string_view name, std::string_view value) {
  http::HeaderMap fields;
  fields.append(name, value);
  fields.append("x-kind", "of this test");
  return fields;
}

/// A server that answers every request with a message of the next size, either way.
class AnsweringServer {
 public:
  explicit AnsweringServer(Way way) : way_(way), engine_(Role::server, Config(), base::TimePoint{}) {}

  void receive(const std::string& bytes) {
    engine_.receive(base::as_bytes(bytes), base::TimePoint{});
    take_events();
  }
  /// What was sent since the last time, taken at most `step` bytes at a time.
  void write(std::size_t step) {
    std::array<base::ByteView, 8> gather;
    while (engine_.poll_output(gather) > 0) {
      const base::ByteView first = gather[0].first(std::min(step, gather[0].size()));
      sent_ += base::as_text(first);
      engine_.consumed(first.size());
      take_events();
    }
  }
  void answer(const std::vector<std::size_t>& sizes) {
    for (std::size_t i = 0; i < asked_.size(); ++i) answer_one(asked_[i], sizes[i % sizes.size()]);
    asked_.clear();
  }
  [[nodiscard]] const std::string& sent() const { return sent_; }
  [[nodiscard]] const std::string& told() const { return told_; }
  [[nodiscard]] std::size_t open_streams() const { return engine_.open_streams(); }

 private:
  void take_events() {
    while (Event* happened = engine_.poll_event()) {
      told_ += std::to_string(happened->index()) + ' ';
      if (auto* headers = std::get_if<event::Headers>(happened)) asked_.push_back(headers->stream);
    }
  }
  void answer_one(StreamKey stream, std::size_t size) {
    const http::HeaderMap headers = map(":status", "200");
    const http::HeaderMap trailers = map("grpc-status", "0");
    Buffer message = Buffer::copy_of(base::as_bytes(std::string(size, static_cast<char>('a' + size % 26))));
    if (way_ == Way::at_once) {
      engine_.send_response(stream, headers, std::move(message), trailers);
      return;
    }
    engine_.send_headers(stream, headers, false);
    static_cast<void>(engine_.send_data(stream, std::move(message), false));
    engine_.send_trailers(stream, trailers);
  }

  Way way_;
  Connection engine_;
  std::vector<StreamKey> asked_;
  std::string sent_;
  std::string told_;
};

/// What the client's side of one conversation does.
struct Conversation {
  std::uint32_t window = 65'535;
  std::vector<std::size_t> sizes;
  int requests = 1;
  bool half_closed = true;
  std::size_t write_step = SIZE_MAX;
};

void play(AnsweringServer& server, const Conversation& conversation) {
  server.receive(
      frames().preface().settings({{testing::Setting::initial_window_size, conversation.window}}).bytes());
  std::uint32_t id = 1;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < conversation.requests; ++i, id += 2) {
      auto request = frames().headers(id).request();
      server.receive(conversation.half_closed ? request.end_stream().bytes() : request.bytes());
    }
    server.answer(conversation.sizes);
    server.write(conversation.write_step);
    for (std::uint32_t stream = 1; stream < id; stream += 2)
      server.receive(frames().window_update(stream, 700).bytes());
    server.write(conversation.write_step);
  }
}

TEST(SendResponse, IsWhatTheThreeStepsWouldHaveSent) {
  for (const std::uint32_t window : {0U, 1U, 100U, 5'000U, 65'535U}) {
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{7}, std::size_t{1'024}, std::size_t{1'025}, std::size_t{20'000}}) {
      for (const int requests : {1, 2, 40}) {
        for (const bool half_closed : {true, false}) {
          Conversation conversation;
          conversation.window = window;
          conversation.sizes = {size, 9, 30'000, 0};
          conversation.requests = requests;
          conversation.half_closed = half_closed;
          conversation.write_step = requests == 2 ? 100 : SIZE_MAX;
          AnsweringServer at_once(Way::at_once);
          AnsweringServer in_steps(Way::in_steps);
          play(at_once, conversation);
          play(in_steps, conversation);
          ASSERT_TRUE(at_once.sent() == in_steps.sent()) << window << ' ' << size << ' ' << requests;
          ASSERT_EQ(at_once.told(), in_steps.told()) << window << ' ' << size << ' ' << requests;
          ASSERT_EQ(at_once.open_streams(), in_steps.open_streams());
        }
      }
    }
  }
}

}  // namespace
}  // namespace farcall::http2
