#include "http2/error.hpp"
#include "protocol/content_type.hpp"
#include "protocol/grpc_client.hpp"
#include "protocol/metadata_fields.hpp"
#include "protocol/status_fields.hpp"
#include "rpc/encoding.hpp"
#include "rpc/status_mapping.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace farcall::protocol {
namespace {

constexpr std::uint32_t kProtocolError = 0x1;
constexpr std::uint32_t kCancel = 0x8;

/// How much of a body that is not gRPC a status text shows.
constexpr std::size_t kBodyShown = 1024;

/// 0 for what is no status: it maps to UNKNOWN, as 200 does.
int http_status_of(const http::HeaderMap& fields) {
  const std::string_view text = fields.find(":status").value_or("");
  if (text.size() != 3) return 0;
  int status = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + (c - '0');
  }
  return status;
}

/// The name of the first "-bin" field whose value is not base64, or nothing.
std::string_view bad_binary_field(const http::HeaderMap& fields) {
  for (const http::Field& field : fields) {
    if (field.known == http::KnownName::other && is_binary_name(field.name) &&
        is_metadata_field(field.name) && !is_binary_value(field.value))
      return field.name;
  }
  return {};
}

}  // namespace

void ResponseReader::informational(bool end_stream) {
  if (end_stream && state_ != State::done)
    finish(Status::internal("the server ended the stream with a 1xx response"));
}

void ResponseReader::headers(const http::HeaderMap& fields, bool end_stream, bool too_large) {
  if (state_ == State::done) return;
  if (state_ != State::headers) return violate("the server sent response headers a second time");
  if (too_large) {
    finish(Status::internal("the server's response headers exceed the limit"));
    if (!end_stream) reset_code_ = kCancel;
    return;
  }
  const int http_status = http_status_of(fields);
  if (http_status >= 100 && http_status < 200) return informational(end_stream);
  const std::string_view content_type = fields.find("content-type").value_or("");
  if (end_stream) return finish_trailers_only(fields, http_status, content_type);

  const std::optional<std::string_view> subtype = grpc_subtype(content_type);
  if (http_status != 200 || !subtype) return begin_foreign(http_status, content_type, subtype.has_value());
  if (!accept_headers(fields, *subtype)) return;
  state_ = State::messages;
  has_headers_ = true;
  initial_ = metadata_from(fields);
  status_in_headers_ = read_status(fields);
}

bool ResponseReader::accept_headers(const http::HeaderMap& fields, std::string_view subtype) {
  const std::string_view encoding = fields.find("grpc-encoding").value_or("");
  const std::string_view bad_field = bad_binary_field(fields);
  // Some servers answer every call with the bare type, which then means the request's format.
  const bool is_ours = subtype_.empty() ? is_protobuf(subtype) : subtype.empty() || subtype == subtype_;
  if (!is_ours) {
    finish(Status::internal("the server answers in the message format '" + std::string(subtype) +
                            "', not in " +
                            (subtype_.empty() ? "protobuf" : "'" + std::string(subtype_) + "'")));
  } else if (!encoding.empty() && !rpc::find_encoding(encoding)) {
    finish(Status::internal("the server uses the grpc-encoding '" + std::string(encoding) +
                            "', which was not offered"));
  } else if (!bad_field.empty()) {
    finish(Status::internal("the value of the header '" + std::string(bad_field) + "' is not base64"));
  } else {
    return true;
  }
  reset_code_ = kCancel;
  return false;
}

ResponseReader::Payload ResponseReader::data(base::ByteView bytes, bool end_stream) {
  switch (state_) {
    case State::headers:
      violate("the server sent data before the response headers");
      return Payload::ignored;
    case State::messages:
      got_data_ = got_data_ || !bytes.empty();
      if (end_stream) finish_without_trailers();
      return Payload::messages;
    case State::foreign:
      body_.append(base::as_text(bytes.first(std::min(bytes.size(), kBodyShown - body_.size()))));
      if (end_stream) {
        finish_foreign();
      } else if (body_.size() == kBodyShown) {
        finish_foreign();
        reset_code_ = kCancel;
      }
      return Payload::ignored;
    case State::done:
      return Payload::ignored;
  }
  return Payload::ignored;
}

void ResponseReader::trailers(const http::HeaderMap& fields, bool too_large) {
  if (state_ == State::done) return;
  if (state_ == State::headers) return violate("the server sent trailers before the response headers");
  if (too_large) return finish(Status::internal("the server's trailers exceed the limit"));
  if (state_ == State::foreign && !foreign_may_have_status_) return finish_foreign();
  finish_with_status(fields);
  // Non-200, gRPC's content-type, and no grpc-status after all.
  if (state_ == State::foreign) return finish_foreign();
  if (state_ != State::done) finish(Status::unknown("the server's trailers have no grpc-status"));
}

void ResponseReader::reset(std::uint32_t http2_error_code, bool by_peer) {
  if (state_ == State::done) return;
  std::string text(by_peer ? "the server reset the stream with "
                           : "the stream was reset because of the server: ");
  text += http2::name(static_cast<http2::ErrorCode>(http2_error_code));
  finish(Status(rpc::status_code_for_reset(http2_error_code), std::move(text), {},
                by_peer ? StatusOrigin::peer : StatusOrigin::local));
}

void ResponseReader::lost(std::string_view reason) {
  if (state_ != State::done) finish(Status::unavailable(std::string(reason)));
}

void ResponseReader::fail(Status status) {
  if (state_ != State::done) finish(std::move(status));
}

void ResponseReader::deadline_has_passed() {
  if (state_ != State::done || status_.code() != StatusCode::cancelled ||
      status_.origin() != StatusOrigin::peer)
    return;
  status_ = Status::deadline_exceeded("the deadline has passed");
}

void ResponseReader::begin_foreign(int http_status, std::string_view content_type, bool is_grpc) {
  state_ = State::foreign;
  foreign_may_have_status_ = is_grpc;
  foreign_ = foreign_status(http_status, content_type);
}

Status ResponseReader::foreign_status(int http_status, std::string_view content_type) {
  std::string text = "the server answered with HTTP status " + std::to_string(http_status);
  text += content_type.empty() ? std::string(" and no content-type")
                               : " and content-type '" + std::string(content_type) + "'";
  return Status(rpc::status_code_for_http(http_status), std::move(text), {}, StatusOrigin::peer);
}

void ResponseReader::finish_foreign() {
  // A gRPC body is no text.
  if (body_.empty() || foreign_may_have_status_) return finish(std::move(foreign_));
  finish(Status(foreign_.code(), foreign_.message() + ": " + body_, {}, foreign_.origin()));
}

void ResponseReader::finish_trailers_only(const http::HeaderMap& fields, int http_status,
                                          std::string_view content_type) {
  finish_with_status(fields);
  if (state_ == State::done) return;
  if (http_status == 200 && grpc_subtype(content_type))
    return finish(Status::unknown("the server's answer has no grpc-status"));
  finish(foreign_status(http_status, content_type));
}

void ResponseReader::finish_with_status(const http::HeaderMap& fields) {
  std::optional<Status> status = read_status(fields);
  if (!status) return;
  trailing_ = metadata_from(fields);
  const std::string_view bad_field = bad_binary_field(fields);
  if (bad_field.empty()) return finish(std::move(*status));
  finish(Status::internal("the value of the trailer '" + std::string(bad_field) + "' is not base64"));
}

void ResponseReader::finish_without_trailers() {
  // Headers with a grpc-status, then nothing but the end: Trailers-Only that some proxy took apart. With a
  // body, the status in the headers means nothing. The metadata was the initial one when it came, which
  // somebody may have been given, and is what came with the status as well.
  if (!got_data_ && status_in_headers_) {
    trailing_ = initial_;
    return finish(std::move(*status_in_headers_));
  }
  finish(Status::internal("the server ended the stream without trailers"));
}

void ResponseReader::violate(std::string message) {
  finish(Status::internal(std::move(message)));
  reset_code_ = kProtocolError;
}

void ResponseReader::finish(Status status) {
  status_ = std::move(status);
  state_ = State::done;
}

}  // namespace farcall::protocol
