#include "rpc/codec.hpp"

#include "rpc/envelope.hpp"

#include <farcall/call_options.hpp>
#include <farcall/codegen/protobuf.hpp>

#include <climits>
#include <google/protobuf/message_lite.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace farcall {
namespace {

/// "the codec 'json' cannot `verb` station.Departure"
std::string cannot(const Codec& codec, const char* verb, const google::protobuf::MessageLite& message) {
  std::string text = "the codec '";
  return text.append(codec.name()).append("' cannot ").append(verb).append(" ") + message.GetTypeName();
}

Status refused(std::string what, const Status& why) {
  if (!why.message().empty()) what += ": " + why.message();
  return Status(why.code(), std::move(what), why.details());
}

/// What the exception says is left out: the other side may be told this, and it is not its business.
Status threw(std::string what) {
  return Status::internal(std::move(what) + ": it threw an exception");
}

}  // namespace

namespace rpc {

bool is_codec_name(std::string_view name) {
  if (name.empty() || name == "proto") return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
}

Status check_codec(const Codec& codec) {
  if (is_codec_name(codec.name())) return Status();
  return Status::invalid_argument("a codec cannot be named '" + std::string(codec.name()) +
                                  "': take one or more of a-z 0-9 . _ - and not \"proto\"");
}

}  // namespace rpc

CallOptions& CallOptions::codec(std::shared_ptr<const Codec> codec) & {
  if (codec) {
    if (const Status checked = rpc::check_codec(*codec); !checked.ok())
      throw std::invalid_argument("farcall: " + checked.message());
  }
  own_extras().codec = std::move(codec);
  return *this;
}

namespace codegen {

Result<Buffer> encode(const Codec& codec, const google::protobuf::MessageLite& message) {
  Buffer out(kMessagePrefixSize);
  try {
    if (const Status status = codec.serialize(message, out); !status.ok())
      return refused(cannot(codec, "serialize", message), status);
  } catch (...) {
    return threw(cannot(codec, "serialize", message));
  }
  if (out.size() < kMessagePrefixSize || out.size() - kMessagePrefixSize > INT_MAX)
    return Status::internal(cannot(codec, "serialize", message) + " within 2 GiB");
  rpc::write_prefix(out.data(), out.size() - kMessagePrefixSize);
  return out;
}

Status decode(const Codec& codec, std::span<const std::byte> bytes, google::protobuf::MessageLite& message) {
  try {
    const Status status = codec.parse(bytes, message);
    return status.ok() ? Status() : refused(cannot(codec, "parse", message), status);
  } catch (...) {
    return threw(cannot(codec, "parse", message));
  }
}

}  // namespace codegen
}  // namespace farcall
