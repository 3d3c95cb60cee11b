#include "http2/data_receiver.hpp"

namespace farcall::http2 {

void DataReceiver::begin(const FrameHeader& header, std::uint32_t padding) {
  wanted_ = false;
  end_stream_ = header.has(flag::kEndStream);
  const std::uint32_t length = header.length.value();
  const std::uint32_t payload = length - padding;
  Stream* stream = core_.streams.find_id(header.stream.value());
  const bool expected = stream != nullptr && stream->state.can_receive();
  if (!expected && !admit_unexpected(header.stream, stream)) return;
  if (!charge_connection(length) || !count_empty(payload, end_stream_)) return;
  core_.return_window(length, end_stream_);
  if (stream == nullptr) return;

  if (!stream->receive.window().receive(length)) {  // RFC 9113 §6.9.1
    core_.reset(*stream, ErrorCode::flow_control_error);
    return;
  }
  // §8.1: DATA before the response's headers; §8.1.1: not the length that was announced.
  if (!stream->state.headers_received() || !stream->receive.count(payload, end_stream_)) {
    core_.reset(*stream, ErrorCode::protocol_error);
    return;
  }
  if (!charge_tiny(*stream, payload, end_stream_)) return;
  if (padding > 0 && !end_stream_) {
    std::uint32_t increment = stream->receive.window().give_back(padding);
    if (increment > 0) core_.send_window_update(stream->id, increment);
  }
  key_ = stream->key;
  wanted_ = true;
}

bool DataReceiver::charge_whole(Stream& stream, std::uint32_t length) {
  const Limits& limits = core_.limits();
  const std::uint32_t debt = length < limits.tiny_data_size ? limits.tiny_data_size - length : 0;
  if (length == 0 || length > stream.receive.window().left() || length > core_.receive_window.left() ||
      core_.budgets.tiny_data_debt + debt > limits.tiny_data_deficit)
    return false;
  wanted_ = end_stream_ = false;
  static_cast<void>(charge_connection(length));
  core_.return_window(length, false);
  return true;
}

/// DATA where none can come, unless it was on its way. False if the connection has failed.
bool DataReceiver::admit_unexpected(StreamId id, const Stream* stream) {
  const Phase phase = core_.phase_of(id.value(), stream);
  const Verdict verdict = judge(phase, Received::data);
  if (verdict.action != Verdict::Action::connection_error) return true;
  core_.fail(verdict.code,
             phase == Phase::idle ? "DATA on an idle stream" : "DATA on a stream that is closed");
  return false;
}

/// The connection's window counts every DATA frame, also of streams that are gone (§5.1).
bool DataReceiver::charge_connection(std::uint32_t length) {
  if (!core_.receive_window.receive(length)) {
    core_.fail(ErrorCode::flow_control_error, "DATA beyond the connection's window");
    return false;
  }
  return true;
}

bool DataReceiver::count_empty(std::uint32_t payload, bool end) {
  if (payload > 0 || end || core_.budgets.empty_data.take(core_.now)) return true;
  core_.fail(ErrorCode::enhance_your_calm, token::kTooManyDataFrames);
  return false;
}

bool DataReceiver::charge_tiny(Stream& stream, std::uint32_t payload, bool end) {
  const Limits& limits = core_.limits();
  if (payload == 0 || end || stream.swallow || payload >= limits.tiny_data_size) return true;
  const std::uint32_t debt = limits.tiny_data_size - payload;
  stream.receive.charge(debt);
  core_.budgets.tiny_data_debt += debt;
  if (core_.budgets.tiny_data_debt <= limits.tiny_data_deficit) return true;
  core_.fail(ErrorCode::enhance_your_calm, token::kTooManyDataFrames);
  return false;
}

void DataReceiver::payload(base::ByteView bytes, bool last) {
  if (!wanted_) return;
  Stream* stream = core_.streams.find(key_);
  if (stream == nullptr) {  // reset by the caller in the middle of the frame
    wanted_ = false;
    return;
  }
  const bool ends = last && end_stream_;
  if (stream->swallow) {
    swallow(*stream, bytes);
    if (!ends || core_.streams.find(key_) == nullptr) return;
  } else if (!bytes.empty() || ends) {
    stream->receive.hand_out(bytes.size());
    core_.events.push(event::Data{key_, bytes, ends});
  }
  if (ends) end(*stream);
}

void DataReceiver::swallow(Stream& stream, base::ByteView bytes) {
  stream.swallowed += bytes.size();
  std::uint32_t increment = stream.receive.window().give_back(static_cast<std::uint32_t>(bytes.size()));
  if (increment > 0 && !end_stream_) core_.send_window_update(stream.id, increment);
  if (stream.swallowed >= core_.limits().linger_bytes && !stream.state.can_send() && !end_stream_) {
    core_.finish_swallowing(stream);
  }
}

void DataReceiver::end(Stream& stream) {
  stream.state.receive_end();
  if (stream.state.closed()) core_.close_clean(stream);
}

}  // namespace farcall::http2
