#include "connection.hpp"

#include "base/bytes.hpp"
#include "grpc/testing/messages.pb.h"
#include "testing/frame_reader.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace bad_server {
namespace {

using farcall::http2::ErrorCode;
using farcall::testing::Frame;
using farcall::testing::frames;
using farcall::testing::FrameScript;
using farcall::testing::FrameType;

constexpr std::uint64_t kPing = 0x62'61'64'20'70'69'6e'67;
/// gRPC's message prefix: a flag and the length.
constexpr std::size_t kPrefix = 5;
/// Larger than any case asks for.
constexpr int kLargestResponse = 4 * 1024 * 1024;

/// The response to the request that lies whole in `bytes`; empty: it does not yet.
std::string response_to(std::string_view bytes) {
  if (bytes.size() < kPrefix) return {};
  const std::size_t length = farcall::base::load_u32(farcall::base::as_bytes(bytes).data() + 1);
  if (bytes.size() < kPrefix + length) return {};
  grpc::testing::SimpleRequest request;
  grpc::testing::SimpleResponse response;
  if (request.ParseFromArray(bytes.data() + kPrefix, static_cast<int>(length))) {
    const int size = std::clamp(request.response_size(), 0, kLargestResponse);
    response.mutable_payload()->mutable_body()->assign(static_cast<std::size_t>(size), '\0');
  }
  const std::string message = response.SerializeAsString();
  std::array<std::byte, kPrefix> prefix = {};
  farcall::base::store_u32(prefix.data() + 1, static_cast<std::uint32_t>(message.size()));
  return std::string(farcall::base::as_text(prefix)) + message;
}

}  // namespace

Connection::Connection(Case which, Findings& findings)
    : case_(which), findings_(findings), client_(/*engine_is_client=*/true) {
  say(frames().settings());
  // Not in the first SETTINGS: the case asks for a limit that comes later.
  if (case_ == Case::max_streams)
    say(frames().settings({{farcall::testing::Setting::max_concurrent_streams, 1}}));
}

bool Connection::receive(std::string_view bytes) {
  try {
    std::vector<Frame> heard;
    client_.hears(farcall::base::as_bytes(bytes), heard);
    for (const Frame& frame : heard) on_frame(frame);
    return true;
  } catch (const farcall::testing::ProtocolViolation& violation) {
    findings_.violations.emplace_back(violation.what());
    return false;
  }
}

void Connection::on_frame(const Frame& frame) {
  switch (frame.type) {
    case FrameType::settings:
      if (frame.ack()) ++settings_acknowledged_;
      if (!frame.ack()) say(frames().settings_ack());
      return resume();
    case FrameType::window_update:
      return resume();
    case FrameType::ping:
      if (!frame.ack()) return say(frames().ping_ack(frame.opaque()));
      ++findings_.pings_acknowledged;
      --pings_outstanding_;
      return resume();
    case FrameType::headers:
      return on_headers(frame.stream);
    case FrameType::data:
      return on_data(frame);
    case FrameType::rst_stream:
      calls_[frame.stream].over = true;
      return;
    default:
      return;
  }
}

void Connection::on_headers(std::uint32_t stream) {
  // RFC 9113 §6.8: what came after GOAWAY was sent is the client's to send again elsewhere.
  if (going_away_) return;
  if (calls_.empty()) ++findings_.connections_with_calls;
  calls_[stream];
  check_stream_limit();
  if (case_ == Case::ping) ping();
  say(frames().headers(stream).response().field("content-type", "application/grpc"));
  if (case_ == Case::ping) ping();
  if (case_ == Case::rst_after_header) {
    say(frames().reset(stream, ErrorCode::no_error));
    calls_[stream].over = true;
  }
}

void Connection::on_data(const Frame& frame) {
  const auto size = static_cast<std::uint32_t>(frame.payload.size());
  if (size > 0) say(frames().window_update(0, size));
  const auto found = calls_.find(frame.stream);
  if (found == calls_.end() || found->second.over) return;
  Call& call = found->second;
  if (size > 0 && !frame.end_stream()) say(frames().window_update(frame.stream, size));
  call.request += frame.payload;
  if (!call.response.empty()) return;
  call.response = response_to(call.request);
  if (call.response.empty()) return;
  if (case_ == Case::rst_during_data) call.response.resize(call.response.size() / 2);
  if (case_ == Case::ping) ping();
  send_response(frame.stream, call);
}

void Connection::check_stream_limit() {
  // The second acknowledgement is that of the limit, which binds the client from then on.
  if (case_ != Case::max_streams || settings_acknowledged_ < 2) return;
  const auto open =
      std::count_if(calls_.begin(), calls_.end(), [](const auto& entry) { return !entry.second.over; });
  if (open > 1)
    findings_.violations.push_back(std::to_string(open) + " streams were open at once, 1 is the limit");
}

void Connection::ping() {
  ++findings_.pings_sent;
  ++pings_outstanding_;
  say(frames().ping(kPing));
}

std::size_t Connection::chunk_now(std::uint32_t stream, const Call& call) const {
  const DataShape shape = data_shape(case_);
  const std::int64_t credit = std::min(client_.connection_credit(), client_.stream_credit(stream)) -
                              (shape.padding ? 1 + *shape.padding : 0);
  if (credit <= 0) return 0;
  return std::min({static_cast<std::size_t>(credit), shape.largest_chunk, call.response.size() - call.sent});
}

void Connection::send_response(std::uint32_t stream, Call& call) {
  const DataShape shape = data_shape(case_);
  while (call.sent < call.response.size()) {
    const std::size_t chunk = chunk_now(stream, call);
    if (chunk == 0) return;
    FrameScript script = frames().data(stream, std::string_view(call.response).substr(call.sent, chunk));
    if (shape.padding) script.padded(*shape.padding);
    say(script);
    call.sent += chunk;
  }
  if (case_ == Case::ping) {
    if (!call.pinged_after_data) ping();
    call.pinged_after_data = true;
    // A client whose call is over may close the connection before it acknowledges.
    if (pings_outstanding_ > 0) return;
  }
  end_response(stream, call);
}

void Connection::end_response(std::uint32_t stream, Call& call) {
  call.over = true;
  if (case_ == Case::rst_during_data || case_ == Case::rst_after_data)
    return say(frames().reset(stream, ErrorCode::no_error));
  say(frames().headers(stream).field("grpc-status", "0").end_stream());
  if (case_ == Case::goaway) {
    say(frames().go_away(stream, ErrorCode::no_error));
    going_away_ = true;
  }
}

void Connection::resume() {
  for (auto& [stream, call] : calls_) {
    if (!call.over && !call.response.empty()) send_response(stream, call);
  }
}

void Connection::say(const FrameScript& script) {
  client_.says(script);
  output_ += script.bytes();
}

}  // namespace bad_server
