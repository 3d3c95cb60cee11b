#include "testing/dialogue.hpp"

namespace farcall::testing {
namespace {

namespace event = http2::event;

struct Describe {
  static std::string stream(http2::StreamKey key) {
    return " of stream key " + std::to_string(key.index) + '/' + std::to_string(key.generation);
  }
  static std::string who(http2::Initiator initiator) {
    return initiator == http2::Initiator::peer ? " by the peer" : " by us";
  }

  std::string operator()(const event::Headers& e) const {
    constexpr const char* kKinds[] = {"initial", "informational", "trailers"};
    std::string out = std::string("Headers ") + kKinds[static_cast<std::size_t>(e.kind)] + " on stream " +
                      std::to_string(e.stream_id);
    if (e.too_large) out += " TOO LARGE";
    if (e.end_stream) out += " END_STREAM";
    for (http::Field field : e.headers)
      out += ' ' + std::string(field.name) + '=' + std::string(field.value.substr(0, 40));
    return out;
  }
  std::string operator()(const event::Data& e) const {
    return "Data" + stream(e.stream) + (e.end_stream ? " END_STREAM" : "");
  }
  std::string operator()(const event::Response& e) const {
    return "Response on stream " + std::to_string(e.stream_id);
  }
  std::string operator()(const event::Writable& e) const { return "Writable" + stream(e.stream); }
  std::string operator()(const event::StreamClosed& e) const {
    std::string out = "StreamClosed" + stream(e.stream);
    if (e.clean) return out + " cleanly";
    return out + " with " + std::string(http2::name(e.code)) + who(e.initiator) +
           (e.unprocessed ? " unprocessed" : "");
  }
  std::string operator()(const event::StreamsAvailable&) const { return "StreamsAvailable"; }
  std::string operator()(const event::SettingsReceived& e) const {
    return e.first ? "SettingsReceived (first)" : "SettingsReceived";
  }
  std::string operator()(const event::PingAcknowledged& e) const {
    return "PingAcknowledged " + std::to_string(e.payload);
  }
  std::string operator()(const event::GoAwayReceived& e) const {
    return "GoAwayReceived last " + std::to_string(e.last_stream_id) + ' ' +
           std::string(http2::name(e.code)) + ' ' + e.debug_data;
  }
  std::string operator()(const event::ConnectionClosed& e) const {
    return "ConnectionClosed " + std::string(http2::name(e.code)) + who(e.initiator) + ": " + e.reason;
  }
};

}  // namespace

std::string describe(const http2::Event& event) {
  return std::visit(Describe{}, event);
}

http::HeaderMap header_map(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  http::HeaderMap map;
  for (const auto& [name, value] : fields) map.append(name, value);
  return map;
}

HeaderList header_list(const http::HeaderMap& map) {
  HeaderList out;
  for (http::Field field : map) out.push_back({std::string(field.name), std::string(field.value)});
  return out;
}

http2::Config quiet_config() {
  http2::Config config;
  config.tune_windows = false;
  config.keepalive_time = base::Duration::max();
  return config;
}

std::uint32_t Dialogue::request(bool end_stream, Location where) {
  return request(
      header_map({{":method", "POST"}, {":scheme", "http"}, {":authority", "test"}, {":path", "/s/M"}}),
      end_stream, where);
}

std::uint32_t Dialogue::request(const http::HeaderMap& headers, bool end_stream, Location where) {
  std::optional<http2::StreamKey> key = engine_.open_stream(headers, end_stream);
  if (!key) fail(where, "no stream could be opened");
  pump();
  Frame frame = expect_frame(FrameType::headers, where);
  if (frame.headers != header_list(headers) || frame.end_stream() != end_stream) {
    fail(where, "the request went out otherwise: " + describe(frame));
  }
  keys_[frame.stream] = *key;
  return frame.stream;
}

Dialogue& Dialogue::respond(std::uint32_t stream, std::string_view status, bool end_stream, Location where) {
  engine_.send_headers(key(stream, where), header_map({{":status", status}}), end_stream);
  pump();
  return *this;
}

bool Dialogue::send(std::uint32_t stream, std::string_view bytes, bool end_stream, Location where) {
  bool room = engine_.send_data(key(stream, where), Buffer::copy_of(base::as_bytes(bytes)), end_stream);
  pump();
  return room;
}

Dialogue& Dialogue::send_trailers(std::uint32_t stream, Location where) {
  engine_.send_trailers(key(stream, where), header_map({{"grpc-status", "0"}}));
  pump();
  return *this;
}

Dialogue& Dialogue::reset(std::uint32_t stream, http2::ErrorCode code, Location where) {
  engine_.reset(key(stream, where), code);
  pump();
  return *this;
}

Dialogue& Dialogue::consume(std::uint32_t stream, std::size_t bytes, Location where) {
  engine_.release_window(key(stream, where), bytes);
  pump();
  return *this;
}

}  // namespace farcall::testing
