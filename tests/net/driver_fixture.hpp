#pragma once

#include "base/bytes.hpp"
#include "http2/connection.hpp"
#include "net/connection_driver.hpp"
#include "testing/halves.hpp"

#include <farcall/buffer.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace farcall::net {

/// One end of a connection as a test sees it: a driver, and what its observer has heard.
class Endpoint : public ConnectionObserver {
 public:
  Endpoint(Loop& loop, std::unique_ptr<ByteStream> stream, http2::Role role,
           const http2::Config& config = http2::Config())
      : driver(std::make_unique<ConnectionDriver>(loop, std::move(stream), role, config, *this)) {
    driver->start();
  }
  virtual ~Endpoint() = default;

  void on_event(http2::Event& event) override {
    if (const auto* ended = std::get_if<http2::event::StreamClosed>(&event)) {
      ++streams_closed;
      all_clean = all_clean && ended->clean;
    }
    if (const auto* away = std::get_if<http2::event::GoAwayReceived>(&event)) go_away = away->debug_data;
    if (const auto* over = std::get_if<http2::event::ConnectionClosed>(&event)) reason = over->reason;
    react(event);
  }
  void on_events_end() override { ++batches; }
  void on_closed() override {
    closed = true;
    if (destroys_driver) driver.reset();
  }

  [[nodiscard]] http2::Connection& engine() { return driver->engine(); }

  std::unique_ptr<ConnectionDriver> driver;
  bool destroys_driver = true;
  bool closed = false;
  int batches = 0;
  int streams_closed = 0;
  bool all_clean = true;
  std::optional<std::string> reason;   // of ConnectionClosed
  std::optional<std::string> go_away;  // the peer's debug data

 protected:
  virtual void react(http2::Event&) {}
};

/// Answers every request with its own body.
class EchoServer final : public Endpoint {
 public:
  using Endpoint::Endpoint;

  int requests = 0;

 private:
  void react(http2::Event& event) override {
    const std::optional<http2::event::Data> second_half = testing::take_second_half(event);
    if (const auto* headers = std::get_if<http2::event::Headers>(&event)) {
      if (headers->kind == http2::event::HeadersKind::initial) {
        ++requests;
        http::HeaderMap response;
        response.append(":status", "200");
        engine().send_headers(headers->stream, response, headers->end_stream);
      }
    } else if (const auto* data = std::get_if<http2::event::Data>(&event)) {
      echo(*data);
    }
    if (second_half) echo(*second_half);
  }
  void echo(const http2::event::Data& data) {
    engine().release_window(data.stream, data.data.size());
    engine().send_data(data.stream, Buffer::copy_of(data.data), data.end_stream);
  }
};

/// Sends bodies and gathers what comes back.
class EchoClient final : public Endpoint {
 public:
  using Endpoint::Endpoint;

  /// False when no stream may be opened.
  bool send(std::string_view body) {
    http::HeaderMap request;
    request.append(":method", "POST");
    request.append(":scheme", "http");
    request.append(":authority", "test");
    request.append(":path", "/echo");
    const std::optional<http2::StreamKey> stream = engine().open_stream(request, false);
    if (!stream) return false;
    engine().send_data(*stream, Buffer::copy_of(base::as_bytes(body)), true);
    driver->touch();
    return true;
  }

  /// Bodies that came back whole, in the order of their ends.
  std::vector<std::string> echoed;

 private:
  void react(http2::Event& event) override {
    if (const auto* data = std::get_if<http2::event::Data>(&event)) {
      std::string& body = bodies_[data->stream.index];
      body += base::as_text(data->data);
      engine().release_window(data->stream, data->data.size());
      if (data->end_stream) {
        echoed.push_back(std::move(body));
        bodies_.erase(data->stream.index);
      }
    }
  }

  std::map<std::uint32_t, std::string> bodies_;
};

/// Bytes that tell where a piece is missing.
inline std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 31 % 26);
  return text;
}

}  // namespace farcall::net
