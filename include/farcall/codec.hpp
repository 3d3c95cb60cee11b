#pragma once

#include <farcall/buffer.hpp>
#include <farcall/status.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace google::protobuf {
class MessageLite;
}  // namespace google::protobuf

namespace farcall {

/// Another form than protobuf's for messages to travel in, such as JSON. It is named by the content-type of
/// the call: "application/grpc+json" (PROTOCOL-HTTP2, Content-Type).
///
/// A channel sends with the codec of its ChannelOptions, a call with that of its CallOptions. A server
/// answers in the form that a call came in: in protobuf, or by a codec that `Server::add` was given; others
/// it answers with UNIMPLEMENTED. Handlers and stubs do not see the difference. Status details are protobuf
/// always.
///
/// One object serves all calls, of any number of channels and servers, and is called on several threads at
/// once. What `serialize` or `parse` refuses, or throws at, ends the call; the connection goes on.
class Codec {
 public:
  Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  virtual ~Codec() = default;

  /// What follows "application/grpc+": one or more of a-z 0-9 . _ - and not "proto", which is built in. The
  /// same for as long as the object lives.
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Appends the bytes of `message` to `out`, and leaves what is there already. If that cannot be done, the
  /// call ends with the status returned here.
  virtual Status serialize(const google::protobuf::MessageLite& message, Buffer& out) const = 0;
  /// Fills in `message`, which is empty, from the bytes of one. If they are none, the call ends with the
  /// status returned here.
  virtual Status parse(std::span<const std::byte> bytes, google::protobuf::MessageLite& message) const = 0;
};

}  // namespace farcall
