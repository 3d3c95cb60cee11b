// Requests that differ from the last one in a few values: that they are followed, and that nobody could tell.

#include "http2/known_section.hpp"

#include "base/bytes.hpp"
#include "hpack/encoder.hpp"
#include "http2/connection.hpp"
#include "testing/dialogue.hpp"
#include "testing/frame_script.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace farcall::http2 {
namespace {

using farcall::testing::frames;
using farcall::testing::quiet_config;

struct TestField {
  std::string name;
  std::string value;
  bool never_indexed = false;
};
using Fields = std::vector<TestField>;

/// What a server has heard of a request.
struct Heard {
  http::HeaderMap headers;
  bool too_large = false;
};

std::vector<std::string> lines_of(const http::HeaderMap& map) {
  std::vector<std::string> lines;
  for (const http::Field& field : map)
    lines.push_back(std::string(field.name) + '=' + std::string(field.value) +
                    (field.never_indexed ? "!" : ""));
  return lines;
}

/// A server that is told of requests, each in one piece or byte by byte, and refuses what is malformed.
class Listener {
 public:
  explicit Listener(bool byte_by_byte) : byte_by_byte_(byte_by_byte) {
    config_.limits.max_header_list_size = 2000;
    engine_.emplace(Role::server, config_, base::TimePoint{});
    hears(frames().preface().settings().settings_ack().bytes());
  }

  std::vector<Heard> hears(const std::string& text) {
    std::vector<Heard> heard;
    const base::ByteView bytes = base::as_bytes(text);
    const std::size_t step = byte_by_byte_ ? 1 : bytes.size();
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      engine_->receive(bytes.subspan(at, step), base::TimePoint{});
      while (Event* happened = engine_->poll_event()) {
        auto* headers = std::get_if<event::Headers>(happened);
        if (headers == nullptr) continue;
        heard.push_back({headers->headers, headers->too_large});
        engine_->reset(headers->stream, ErrorCode::no_error);
        engine_->recycle(std::move(headers->headers));
      }
      std::array<base::ByteView, 4> gather;
      while (engine_->poll_output(gather) > 0) engine_->consumed(gather[0].size());
    }
    EXPECT_FALSE(engine_->closed());
    return heard;
  }

 private:
  bool byte_by_byte_;
  Config config_ = quiet_config();
  std::optional<Connection> engine_;
};

/// Encodes as its peers do, that is, with a table that changes.
class Client {
 public:
  void limits_table(std::size_t octets) { encoder_.set_peer_table_limit(octets); }
  std::string asks(const Fields& fields) {
    std::vector<std::byte> block;
    encoder_.begin_block(block);
    for (const TestField& field : fields) encoder_.field(field.name, field.value, field.never_indexed, block);
    id_ += 2;
    return frames().headers(id_).block_bytes(base::as_text(block)).end_stream().bytes();
  }

 private:
  hpack::Encoder encoder_;
  std::uint32_t id_ = static_cast<std::uint32_t>(-1);
};

Fields request(const std::string& timeout) {
  return {{":method", "POST"},           {":scheme", "http"},        {":path", "/a.Service/Call"},
          {":authority", "server.test"}, {"te", "trailers"},         {"content-type", "application/grpc"},
          {"grpc-timeout", timeout},     {"user-agent", "test/1.0"}, {"x-1", "1"}};
}

TEST(KnownSection, IsFollowedByRequestsThatDifferInAValue) {
  Client client;
  Listener server(false);
  for (int i = 0; i < 20; ++i) {
    const std::string timeout = std::to_string(100 * i * i) + 'm';
    const std::vector<Heard> heard = server.hears(client.asks(request(timeout)));
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].headers.find("grpc-timeout"), timeout);
    EXPECT_EQ(heard[0].headers.find("user-agent"), "test/1.0");
    EXPECT_EQ(heard[0].headers.varied(), i > 2 ? 1U << 6 : 0U) << i;
  }
}

TEST(KnownSection, IsLeftToTheMemoOnceAWholeBlockComesAgain) {
  Client client;
  Listener server(false);
  for (int i = 0; i < 5; ++i) server.hears(client.asks(request(std::to_string(i) + 'm')));
  std::vector<Heard> heard;
  for (int i = 0; i < 6; ++i) heard.push_back(std::move(server.hears(client.asks(request("9m"))).at(0)));
  for (const Heard& each : heard) EXPECT_EQ(each.headers.find("grpc-timeout"), "9m");
  EXPECT_EQ(heard[4].headers[0].name.data(), heard[5].headers[0].name.data()) << "decoded again";
}

const Fields kConnect = {{":method", "CONNECT"}, {":authority", "a:1"}, {"x-1", "1"}};

TEST(KnownSection, IsFollowedByWhatIsNoCallAtAll) {
  Client client;
  Listener server(false);
  for (int i = 0; i < 6; ++i) {
    Fields fields = kConnect;
    fields[2].value = std::to_string(i);
    const std::vector<Heard> heard = server.hears(client.asks(fields));
    ASSERT_EQ(heard.size(), 1u) << i;
    EXPECT_EQ(heard[0].headers.varied(), i > 2 ? 1U << 2 : 0U) << i;
  }
}

/// A section of `size` fields, each from an entry of its own.
http::HeaderMap teach(KnownSection& known, std::size_t size, std::uint32_t inserted) {
  http::HeaderMap fields;
  for (std::size_t i = 0; i < size; ++i) fields.append("x-" + std::to_string(i), "value");
  for (int coming = 0; coming < 2; ++coming) {
    known.begin();
    EXPECT_FALSE(known.follows());
    for (std::uint32_t i = 0; i < size; ++i) known.add(100 + i);
    known.learn(fields, {}, inserted);
  }
  known.begin();
  return fields;
}

TEST(KnownSection, HasAtMostThirtyTwoFields) {
  KnownSection known;
  teach(known, 32, 0);
  EXPECT_TRUE(known.follows());
  teach(known = KnownSection(), 33, 0);
  EXPECT_FALSE(known.follows());
}

TEST(KnownSection, TakesFourOtherValuesThatAreNotLong) {
  KnownSection known;
  const http::HeaderMap fields = teach(known, 6, 0);
  EXPECT_FALSE(known.take_varied(std::string(257, 'x')));
  EXPECT_TRUE(known.take_varied(std::string(256, 'x')));
  EXPECT_TRUE(known.take(101));
  for (const char* value : {"", "3", "4"}) EXPECT_TRUE(known.take_varied(value));
  EXPECT_FALSE(known.take_varied("5"));
  EXPECT_FALSE(known.at_end());
  EXPECT_FALSE(known.take(104)) << "not the one that follows";
  EXPECT_TRUE(known.take(105));
  EXPECT_TRUE(known.at_end());
  EXPECT_FALSE(known.take(106));
  http::HeaderMap map;
  known.finish(map);
  EXPECT_EQ(map.varied(), 0b011101u);
  EXPECT_EQ(map[0].value, std::string(256, 'x'));
  EXPECT_EQ(map[1].value, "value");
  EXPECT_EQ(map[2].value, "");
}

TEST(KnownSection, IsForgottenBeforeTheNamesOfEntriesComeAgain) {
  const std::uint32_t late = 0xffff'ff00;
  for (const std::uint32_t inserted : {0U, 77U, late}) {
    KnownSection known;
    teach(known, 3, inserted);
    known.expire(inserted + (1U << 30) - 1);
    known.begin();
    EXPECT_TRUE(known.take(100));
    known.take_same(100);
    known.expire(inserted + (1U << 30));
    known.begin();
    EXPECT_FALSE(known.follows());
  }
}

TEST(KnownSection, IsNotKeptWhileSectionsDifferInMuch) {
  KnownSection known;
  const http::HeaderMap fields = teach(known, 3, 0);
  const auto comes_again = [&] {
    known.begin();
    const bool followed = known.follows();
    if (followed) known.leave([](const http::Field&) {});
    for (std::uint32_t i = 0; i < 3; ++i) known.add(100 + i);
    known.learn(fields, {}, 0);
    return followed;
  };
  EXPECT_TRUE(comes_again());
  int others = 0;
  while (!comes_again()) ASSERT_LT(++others, 100);
  EXPECT_GT(others, 20);
}

/// A client that mostly repeats itself.
class Babbler {
 public:
  explicit Babbler(std::uint64_t seed) : random_(seed) {}

  const Fields& next() {
    if (fields_.empty() || below(6) == 0) fields_ = below(5) == 0 ? kConnect : request("1S");
    for (std::size_t changes = below(3); changes > 0; --changes) change();
    return fields_;
  }

 private:
  void change() {
    TestField& any = fields_[below(fields_.size())];
    switch (below(40)) {
      case 0:
        fields_.push_back({"x-" + std::to_string(below(4)), std::to_string(below(4)), below(5) == 0});
        break;
      case 1:
        fields_.erase(fields_.begin() + static_cast<std::ptrdiff_t>(below(fields_.size())));
        if (fields_.empty()) fields_ = request("2S");
        break;
      case 2:
        std::swap(any, fields_[below(fields_.size())]);
        break;
      case 3:
        fields_[below(fields_.size())] = any;
        break;
      case 4:
        any.never_indexed = !any.never_indexed;
        break;
      case 5:
        any.value = std::string(below(3) * 600, 'x');
        break;
      case 6:
        any.value = below(2) == 0 ? " blank" : "line\nbreak";
        break;
      case 7:
        fields_.push_back({"content-length", std::to_string(below(2) * 5)});
        break;
      case 8:
        any.name = below(2) == 0 ? "connection" : "Upper";
        break;
      case 9:
        fields_.push_back({"too-long-to-be-kept", std::string(5000, 'x')});
        break;
      case 10:
      case 11:
        for (TestField& field : fields_) {
          if (field.name.starts_with("x-")) field.name = "x-" + std::to_string(below(4));
        }
        break;
      case 12:
        for (TestField& field : fields_) {
          if (field.name == ":path") field.value = "/a.Service/Call" + std::to_string(below(3));
        }
        break;
      default:
        for (TestField& field : fields_) {
          if (field.name == "grpc-timeout" || field.name.starts_with("x-"))
            field.value = std::to_string(below(40)) + 'm';
        }
        break;
    }
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::mt19937_64 random_;
  Fields fields_;
};

TEST(KnownSection, CannotBeToldFromASectionThatIsLookedAtInFull) {
  std::size_t followed = 0;
  std::size_t refused = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Babbler babbler(seed);
    Client client;
    Listener whole(false);
    Listener in_bytes(true);
    for (int i = 0; i < 60; ++i) {
      if (i % 20 == 19) client.limits_table(i == 19 ? 0 : seed % 2 == 0 ? 4096 : 250);
      const std::string bytes = client.asks(babbler.next());
      const std::vector<Heard> first = whole.hears(bytes);
      const std::vector<Heard> second = in_bytes.hears(bytes);
      ASSERT_EQ(first.size(), second.size()) << seed << ' ' << i;
      if (first.empty()) ++refused;
      for (std::size_t n = 0; n < first.size(); ++n) {
        ASSERT_EQ(first[n].too_large, second[n].too_large) << seed << ' ' << i;
        // What is kept of a section that is too large may depend on where it was cut.
        if (first[n].too_large) continue;
        ASSERT_EQ(lines_of(first[n].headers), lines_of(second[n].headers)) << seed << ' ' << i;
        ASSERT_EQ(first[n].headers, second[n].headers) << seed << ' ' << i;
        EXPECT_EQ(second[n].headers.varied(), 0u);
        if (first[n].headers.varied() != 0) ++followed;
      }
    }
  }
  EXPECT_GT(followed, 300u);
  EXPECT_GT(refused, 300u);
}

}  // namespace
}  // namespace farcall::http2
