#include "http2/header_receiver.hpp"

#include <utility>

namespace farcall::http2 {

void HeaderReceiver::begin(const FrameHeader& header, base::ByteView prefix) {
  stream_id_ = header.stream.value();
  if (prefix.size() >= kPrioritySize) {
    const std::byte* dependency = prefix.last(kPrioritySize).data();
    if (StreamId(base::load_u32(dependency)) == header.stream) {  // RFC 7540 §5.3.1
      core_.fail(ErrorCode::protocol_error, "stream depends on itself");
      return;
    }
  }
  Stream* stream = core_.streams.find_id(stream_id_);
  const HeaderSection::Kind kind = kind_of(header, stream);
  if (core_.closed) return;
  if (stream != nullptr) key_ = stream->key;
  end_stream_ = header.has(flag::kEndStream);
  end_headers_ = header.has(flag::kEndHeaders);
  continuations_ = 0;
  begun_ = false;
  open_block_ = stream_id_;
  section_.begin(kind);
}

/// What the block is, by the stream's state. May fail the connection.
HeaderSection::Kind HeaderReceiver::kind_of(const FrameHeader& header, Stream* stream) {
  using Kind = HeaderSection::Kind;
  const Phase phase = core_.phase_of(stream_id_, stream);
  const Verdict verdict = judge(phase, Received::headers);
  if (verdict.action == Verdict::Action::connection_error) {
    core_.fail(verdict.code, "HEADERS on a stream that is closed");
    return Kind::unwanted;
  }
  if (verdict.action == Verdict::Action::ignore) return Kind::unwanted;
  if (stream != nullptr) {
    if (core_.is_server() || stream->state.headers_received()) return Kind::trailers;
    return Kind::response;
  }
  if (!core_.is_server() || !header.stream.is_of_client()) {  // §5.1.1
    core_.fail(ErrorCode::protocol_error, "HEADERS on a stream that the peer cannot open");
    return Kind::unwanted;
  }
  core_.highest_peer_stream = stream_id_;
  ++core_.budgets.streams_opened;
  return stream_id_ > core_.go_away.last_served() ? Kind::unwanted : Kind::request;
}

void HeaderReceiver::resume(const FrameHeader& header) {
  end_headers_ = header.has(flag::kEndHeaders);
  if (++continuations_ > core_.limits().max_continuations) {
    core_.fail(ErrorCode::enhance_your_calm, token::kTooManyContinuations);
  }
}

void HeaderReceiver::fragment(base::ByteView bytes, bool last) {
  const bool ends = last && end_headers_;
  const bool wanted = section_.kind() != HeaderSection::Kind::unwanted;
  const bool whole = ends && !begun_ && wanted;
  const BlockMemo::Context before = whole ? context() : BlockMemo::Context();
  if (whole) {
    if (const HeaderSection* known = memo().find(bytes, before)) {
      end_block(*known, http::HeaderMap(known->fields()));
      return;
    }
  }
  if (!begun_ && wanted) section_.provide(core_.header_pool.take());
  known_.expire(core_.decoder.table().inserted());
  if (whole && section_.kind() == HeaderSection::Kind::request) section_.follow(known_);
  begun_ = true;
  if (auto error = core_.decoder.decode(bytes, ends, section_)) {
    core_.fail(ErrorCode::compression_error, hpack::name(*error));
    return;
  }
  section_.count_skipped(core_.decoder.skipped_fields());
  if (!check_excess() || !ends) return;
  const bool followed = section_.finish();
  if (whole && !section_.too_large() && !section_.malformed()) {
    // Also a block that was followed may come again byte for byte.
    if (context() == before) memo().learn(bytes, before, section_);
    if (!followed && section_.kind() == HeaderSection::Kind::request)
      known_.learn(section_.fields(), section_.facts(), core_.decoder.table().inserted());
  }
  end_block(section_, section_.take_fields());
}

bool HeaderReceiver::check_excess() {
  switch (section_.excess()) {
    case HeaderSection::Excess::none:
      break;
    case HeaderSection::Excess::list_size:
      core_.fail(ErrorCode::enhance_your_calm, token::kHeaderListTooLarge);
      break;
    case HeaderSection::Excess::count:
      core_.fail(ErrorCode::enhance_your_calm, token::kTooManyHeaders);
      break;
  }
  return !core_.closed;
}

void HeaderReceiver::end_block(const HeaderSection& section, http::HeaderMap&& fields) {
  open_block_ = 0;
  if (section.kind() == HeaderSection::Kind::unwanted) return;
  if (section.kind() == HeaderSection::Kind::request) {
    end_request(section, std::move(fields));
  } else if (Stream* stream = core_.streams.find(key_)) {
    end_answer(*stream, section, std::move(fields));
  }  // else the caller has reset the stream while the block was on its way
  core_.header_pool.give(std::move(fields));  // if nobody took them NOLINT(bugprone-use-after-move)
}

void HeaderReceiver::end_request(const HeaderSection& section, http::HeaderMap&& fields) {
  if (section.malformed()) {  // §8.1.1
    core_.closed_streams.add(stream_id_, Phase::reset_by_us);
    core_.send_provoked_reset(stream_id_, ErrorCode::protocol_error);
    return;
  }
  if (core_.streams.size() >= core_.limits().max_concurrent_streams) {  // §5.1.2
    core_.closed_streams.add(stream_id_, Phase::reset_by_us);
    core_.send_provoked_reset(stream_id_, ErrorCode::refused_stream);
    return;
  }
  Stream& stream = core_.streams.open(stream_id_, core_.local.in_force().initial_window_size,
                                      core_.peer.initial_window_size);
  core_.idle_deadline.stop();
  core_.keepalive.wake();
  stream.state.open();
  stream.receive.expect_length(section.content_length());
  if (end_stream_ && !stream.receive.count(0, true)) {
    core_.forget(stream, Phase::reset_by_us);
    core_.send_provoked_reset(stream_id_, ErrorCode::protocol_error);
    return;
  }
  stream.state.receive_final_headers();
  raise(stream, event::HeadersKind::initial, section.too_large(), std::move(fields));
  if (end_stream_) stream.state.receive_end();
}

/// A response, or trailers of either side.
void HeaderReceiver::end_answer(Stream& stream, const HeaderSection& section, http::HeaderMap&& fields) {
  const bool trailers = section.kind() == HeaderSection::Kind::trailers;
  if (section.malformed() || (trailers && !end_stream_)) {  // §8.1, §8.1.1
    core_.reset(stream, ErrorCode::protocol_error);
    return;
  }
  if (!trailers && section.status() >= 100 && section.status() < 200) {
    end_informational(stream, std::move(fields));
    return;
  }
  if (trailers) {
    if (!stream.receive.count(0, true)) {
      core_.reset(stream, ErrorCode::protocol_error);
      return;
    }
  } else {
    stream.state.receive_final_headers();
    // Without payload a length may be announced all the same: HEAD, 304 (§8.1.1).
    if (!end_stream_) stream.receive.expect_length(section.content_length());
  }
  raise(stream, trailers ? event::HeadersKind::trailers : event::HeadersKind::initial, section.too_large(),
        std::move(fields));
  if (end_stream_) receive_end(stream);
}

void HeaderReceiver::end_informational(Stream& stream, http::HeaderMap&& fields) {
  if (end_stream_) {  // §8.1: a final response must follow
    core_.reset(stream, ErrorCode::protocol_error);
    return;
  }
  if (++stream.informational > core_.limits().max_informational && !core_.count_glitch()) return;
  raise(stream, event::HeadersKind::informational, false, std::move(fields));
}

void HeaderReceiver::raise(Stream& stream, event::HeadersKind kind, bool too_large,
                           http::HeaderMap&& fields) {
  if (stream.swallow) return;
  const EventPlace place = core_.events.push(
      event::Headers{stream.key, stream.id, kind, end_stream_, too_large, std::move(fields), {}});
  // A request's only DATA frame joins its event: PlainRequest.
  if (core_.is_server() && kind == event::HeadersKind::initial) stream.told = place;
}

void HeaderReceiver::receive_end(Stream& stream) {
  stream.state.receive_end();
  if (stream.state.closed()) core_.close_clean(stream);
}

}  // namespace farcall::http2
