// A response sent at once is what the three steps would have sent: byte for byte, event for event.

#include "base/bytes.hpp"
#include "http2/connection.hpp"
#include "testing/frame_script.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace farcall::http2 {
namespace {

using testing::frames;

enum class Way : std::uint8_t { at_once, in_steps, placed };

http::HeaderMap map(std::string_view name, std::string_view value) {
  http::HeaderMap fields;
  fields.append(name, value);
  fields.append("x-kind", "of this test");
  return fields;
}

/// A server that answers every request with a message of the next size, in one of the ways.
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
  /// The same without the ends of streams, which are counted: one whose response was placed has none.
  [[nodiscard]] const std::string& told_but_closed() const { return told_but_closed_; }
  [[nodiscard]] std::size_t closed() const { return closed_; }
  [[nodiscard]] std::size_t open_streams() const { return engine_.open_streams(); }
  [[nodiscard]] std::size_t placed() const { return placed_; }
  [[nodiscard]] Connection& engine() { return engine_; }
  /// The requests that have no answer yet.
  [[nodiscard]] const std::vector<StreamKey>& asked() const { return asked_; }

 private:
  void take_events() {
    while (Event* happened = engine_.poll_event()) {
      const std::string text = std::to_string(happened->index()) + ' ';
      told_ += text;
      if (std::holds_alternative<event::StreamClosed>(*happened)) {
        ++closed_;
      } else {
        told_but_closed_ += text;
      }
      if (auto* headers = std::get_if<event::Headers>(happened)) asked_.push_back(headers->stream);
    }
  }
  void answer_one(StreamKey stream, std::size_t size) {
    const http::HeaderMap headers = map(":status", "200");
    const http::HeaderMap trailers = map("grpc-status", "0");
    const std::string text(size, static_cast<char>('a' + size % 26));
    if (way_ == Way::placed) {
      if (std::byte* place = engine_.place_response(stream, headers, size, trailers)) {
        std::memcpy(place, text.data(), size);
        ++placed_;
        return;
      }
    }
    Buffer message = Buffer::copy_of(base::as_bytes(text));
    if (way_ != Way::in_steps) {
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
  std::string told_but_closed_;
  std::size_t closed_ = 0;
  std::size_t placed_ = 0;
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
  std::size_t placed = 0;
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
          AnsweringServer in_steps(Way::in_steps);
          play(in_steps, conversation);
          for (const Way way : {Way::at_once, Way::placed}) {
            AnsweringServer other(way);
            play(other, conversation);
            ASSERT_TRUE(other.sent() == in_steps.sent()) << window << ' ' << size << ' ' << requests;
            ASSERT_EQ(other.told_but_closed(), in_steps.told_but_closed()) << window << ' ' << size;
            if (way == Way::at_once) {
              ASSERT_EQ(other.told(), in_steps.told()) << window << ' ' << size;
            }
            ASSERT_EQ(other.closed() + other.placed(), in_steps.closed());
            ASSERT_EQ(other.open_streams(), in_steps.open_streams());
            placed += other.placed();
          }
        }
      }
    }
  }
  EXPECT_GT(placed, 100u) << "else nothing was placed to be compared";
}

/// One request, and where its response goes.
class PlaceResponse : public ::testing::Test {
 protected:
  void ask(const testing::FrameScript& request,
           std::initializer_list<std::pair<testing::Setting, std::uint32_t>> settings = {}) {
    server_.receive(frames().preface().settings(settings).then(request).bytes());
  }
  static testing::FrameScript request(std::uint32_t id = 1) { return frames().headers(id).request(); }
  static testing::FrameScript whole_request(std::uint32_t id = 1) { return request(id).end_stream(); }
  /// Whether the latest request's response can be placed; if not, everything must be as before.
  bool places(std::size_t size) {
    const StreamKey stream = server_.asked().back();
    const std::size_t streams = server_.open_streams();
    std::byte* place = server_.engine().place_response(stream, headers_, size, trailers_);
    if (place != nullptr) {
      std::memset(place, 'p', size);
      EXPECT_EQ(server_.open_streams(), streams - 1);
      return true;
    }
    EXPECT_EQ(server_.open_streams(), streams);
    const std::size_t sent = server_.sent().size();
    server_.write(SIZE_MAX);
    const std::string_view news = std::string_view(server_.sent()).substr(sent);
    EXPECT_EQ(news.find(std::string_view("of this test")), std::string_view::npos) << "headers were sent";
    return false;
  }

  AnsweringServer server_{Way::placed};
  http::HeaderMap headers_ = map(":status", "200");
  http::HeaderMap trailers_ = map("grpc-status", "0");
};

TEST_F(PlaceResponse, SendsWhatIsWrittenThere) {
  ask(whole_request());
  ASSERT_TRUE(places(16 * 1'024));
  server_.write(SIZE_MAX);
  EXPECT_NE(server_.sent().find(std::string(16 * 1'024, 'p')), std::string::npos);
  EXPECT_EQ(server_.closed(), 0u);
}

TEST_F(PlaceResponse, HasNoPlaceForNothingNorForMuch) {
  ask(whole_request());
  EXPECT_FALSE(places(0));
  EXPECT_FALSE(places(16 * 1'024 + 1));
}

TEST_F(PlaceResponse, HasNoPlaceForMoreThanAFrameMayHoldEvenIfThePeerAcceptsMore) {
  ask(whole_request(), {{testing::Setting::max_frame_size, 100'000}});
  EXPECT_FALSE(places(16 * 1'024 + 1));
  EXPECT_TRUE(places(16 * 1'024));
}

TEST_F(PlaceResponse, HasNoPlaceBeforeTheClientHasEnded) {
  ask(request());
  EXPECT_FALSE(places(5));
  server_.receive(frames().data(1).end_stream().bytes());
  EXPECT_TRUE(places(5));
}

TEST_F(PlaceResponse, HasNoPlaceBeyondTheStreamsWindow) {
  ask(whole_request(), {{testing::Setting::initial_window_size, 99}});
  EXPECT_FALSE(places(100));
  server_.receive(frames().window_update(1, 1).bytes());
  EXPECT_TRUE(places(100));
}

TEST_F(PlaceResponse, HasNoPlaceBeyondTheConnectionsWindow) {
  ask(whole_request());
  for (std::uint32_t id = 3; id <= 9; id += 2) {
    ASSERT_TRUE(places(id < 9 ? 16'384 : 16'383));
    server_.write(SIZE_MAX);
    server_.receive(whole_request(id).bytes());
  }
  EXPECT_FALSE(places(1));
  server_.receive(frames().window_update(0, 1).bytes());
  EXPECT_TRUE(places(1));
}

TEST_F(PlaceResponse, HasNoPlaceForHeadersOrTrailersThatThePeerDoesNotAccept) {
  const auto size = static_cast<std::uint32_t>(std::max(headers_.list_size(), trailers_.list_size()));
  ask(whole_request(), {{testing::Setting::max_header_list_size, size}});
  const http::HeaderMap fitting = trailers_;
  trailers_.append("x", "");
  EXPECT_FALSE(places(5));
  std::swap(headers_, trailers_);
  EXPECT_FALSE(places(5));
  headers_ = map(":status", "200");
  trailers_ = fitting;
  EXPECT_TRUE(places(5));
}

TEST_F(PlaceResponse, HasNoPlaceBeforeOthersThatWaitTheirTurn) {
  ask(whole_request());
  const StreamKey first = server_.asked().back();
  server_.engine().send_headers(first, headers_, false);
  static_cast<void>(server_.engine().send_data(first, Buffer::copy_of(base::as_bytes("waits")), false));
  server_.receive(whole_request(3).bytes());
  const StreamKey second = server_.asked().back();
  EXPECT_EQ(server_.engine().place_response(second, headers_, 5, trailers_), nullptr);
  server_.write(SIZE_MAX);
  EXPECT_TRUE(places(5));
}

TEST_F(PlaceResponse, HasNoPlaceWhereSomethingWasSaidAlreadyOrNobodyListens) {
  ask(whole_request());
  const StreamKey stream = server_.asked().back();
  server_.engine().send_headers(stream, headers_, false);
  EXPECT_EQ(server_.engine().place_response(stream, headers_, 5, trailers_), nullptr);
  server_.receive(frames().reset(1, ErrorCode::cancel).bytes());
  EXPECT_EQ(server_.engine().place_response(stream, headers_, 5, trailers_), nullptr);
  server_.receive(whole_request(3).bytes());
  const StreamKey last = server_.asked().back();
  server_.engine().fail(ErrorCode::no_error, "enough");
  EXPECT_EQ(server_.engine().place_response(last, headers_, 5, trailers_), nullptr);
}

}  // namespace
}  // namespace farcall::http2
