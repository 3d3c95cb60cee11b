#include "protocol/grpc_server.hpp"

#include "protocol/content_type.hpp"
#include "protocol/status_fields.hpp"
#include "rpc/encoding.hpp"
#include "rpc/method.hpp"
#include "rpc/timeout.hpp"

#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace farcall::protocol {
namespace {

constexpr std::string_view kNotPostBody = "This is a gRPC server: the method must be POST.\n";
constexpr std::string_view kNotGrpcBody = "This is a gRPC server: content-type must be application/grpc.\n";
constexpr std::string_view kTooLargeBody = "The header fields of the request are too large.\n";

/// What one pass over the fields found, beside what goes into the RequestHead.
struct Findings {
  std::string_view http_method;
  std::string_view host;
  std::string_view encoding;
  std::string_view bad_binary_name;
  int authorities = 0;
  int hosts = 0;
  bool bad_timeout = false;
};

/// How much of a peer's text an answer repeats.
std::string quoted(std::string_view text) {
  std::string out;
  return out.append("'").append(text.substr(0, 64)).append("'");
}

void read_field(const http::Field& field, RequestHead& head, Findings& findings) {
  using http::KnownName;
  const std::string_view value = field.value;
  switch (field.known) {
    case KnownName::host:
      findings.host = value;
      ++findings.hosts;
      break;
    case KnownName::path:
      head.path = value;
      break;
    case KnownName::method:
      findings.http_method = value;
      break;
    case KnownName::authority:
      head.authority = value;
      ++findings.authorities;
      break;
    case KnownName::user_agent:
      head.user_agent = value;
      break;
    case KnownName::content_type:
      head.content_type = value;
      break;
    case KnownName::grpc_timeout:
      head.timeout = rpc::parse_timeout(value);
      findings.bad_timeout = findings.bad_timeout || !head.timeout;
      break;
    case KnownName::grpc_encoding:
      findings.encoding = value;
      break;
    case KnownName::other:
      if (is_binary_name(field.name) && is_metadata_field(field.name) && !is_binary_value(value))
        findings.bad_binary_name = field.name;
      break;
    default:
      break;
  }
}

/// A rejection that a gRPC client reads as its status.
std::unique_ptr<Rejection> reject(int http_status, Status status) {
  auto rejection = std::make_unique<Rejection>();
  rejection->http_status = http_status;
  rejection->status = std::move(status);
  return rejection;
}

/// The same, with `body` for whoever asked without speaking gRPC.
std::unique_ptr<Rejection> reject(int http_status, Status status, std::string_view body,
                                  const RequestHead& head, const Findings& findings) {
  auto rejection = reject(http_status, std::move(status));
  rejection->plain_text = !grpc_subtype(head.content_type);
  // RFC 9110 §9.3.2: the answer to HEAD has no content.
  if (rejection->plain_text && findings.http_method != "HEAD") rejection->body = body;
  return rejection;
}

/// Null if there is nothing to object to. Splits the path.
std::unique_ptr<Rejection> check(RequestHead& head, const Findings& findings, bool too_large,
                                 std::span<const std::string_view> codecs) {
  if (too_large) {
    return reject(431, Status::resource_exhausted("the request's header fields are too large"), kTooLargeBody,
                  head, findings);
  }
  if (findings.http_method != "POST") {
    auto rejection =
        reject(405, Status::internal("the HTTP method must be POST"), kNotPostBody, head, findings);
    rejection->names_allowed_method = true;
    return rejection;
  }
  const std::optional<std::string_view> subtype = grpc_subtype(head.content_type);
  if (!subtype) {
    return reject(415, Status::invalid_argument("the content-type is not gRPC's"), kNotGrpcBody, head,
                  findings);
  }
  // gRFC A41: which of them counts would be anybody's guess, and authorization may depend on it.
  if (findings.authorities > 1 || findings.hosts > 1) {
    return reject(400, Status::internal("the request has more than one :authority or host"));
  }
  if (findings.bad_timeout) return reject(400, Status::internal("malformed grpc-timeout"));
  if (!findings.bad_binary_name.empty()) {
    return reject(400,
                  Status::internal("the value of " + quoted(findings.bad_binary_name) + " is not base64"));
  }
  const std::optional<rpc::MethodName> name = rpc::split_path(head.path);
  if (!name) return reject(200, Status::unimplemented("malformed method path " + quoted(head.path)));
  head.service = name->service;
  head.method = name->method;
  head.subtype = *subtype;
  if (!is_known_subtype(*subtype, codecs)) {
    return reject(200, Status::unimplemented("no codec for the message format " + quoted(*subtype)));
  }
  if (!findings.encoding.empty() && !rpc::find_encoding(findings.encoding)) {
    auto rejection = reject(
        200, Status::unimplemented("no decompressor for the grpc-encoding " + quoted(findings.encoding)));
    rejection->names_accepted_encodings = true;
    return rejection;
  }
  return nullptr;
}

/// An HTTP status or a length in decimal.
void append_number(http::HeaderMap& out, std::string_view name, std::size_t number) {
  std::array<char, 20> text;
  const char* end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out.append(name, {text.data(), static_cast<std::size_t>(end - text.data())});
}

}  // namespace

RequestHead parse_request(const http::HeaderMap& headers, bool too_large,
                          std::span<const std::string_view> codecs) {
  RequestHead head;
  Findings findings;
  for (const http::Field& field : headers) read_field(field, head, findings);
  if (findings.authorities == 0) head.authority = findings.host;
  head.rejection = check(head, findings, too_large, codecs);
  return head;
}

bool response_headers(http::HeaderMap& out, std::string_view content_type, const Metadata& initial,
                      std::size_t max_list_size) {
  out.clear();
  out.append(":status", "200");
  out.append("content-type", content_type);
  append_metadata(out, initial);
  return out.list_size() <= max_list_size;
}

bool trailers(http::HeaderMap& out, const Status& status, const Metadata& trailing,
              std::size_t max_list_size) {
  out.clear();
  return append_status(out, status, trailing, max_list_size);
}

bool trailers_only(http::HeaderMap& out, std::string_view content_type, const Status& status,
                   const Metadata& trailing, std::size_t max_list_size) {
  out.clear();
  out.append(":status", "200");
  out.append("content-type", content_type);
  return append_status(out, status, trailing, max_list_size);
}

bool rejection_headers(http::HeaderMap& out, const Rejection& rejection, std::size_t max_list_size) {
  out.clear();
  append_number(out, ":status", static_cast<std::size_t>(rejection.http_status));
  out.append("content-type", rejection.plain_text ? "text/plain" : kGrpcContentType);
  if (!rejection.body.empty()) append_number(out, "content-length", rejection.body.size());
  if (rejection.names_allowed_method) out.append("allow", "POST");
  if (rejection.names_accepted_encodings) out.append("grpc-accept-encoding", rpc::kAcceptedEncodings);
  return append_status(out, rejection.status, {}, max_list_size);
}

}  // namespace farcall::protocol
