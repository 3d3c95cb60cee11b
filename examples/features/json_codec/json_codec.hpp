#pragma once

#include <farcall/codec.hpp>

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <span>
#include <string>
#include <string_view>

// [snippet feature-json-codec]
/// protobuf's JSON mapping (https://protobuf.dev/programming-guides/json).
class JsonCodec final : public farcall::Codec {
 public:
  std::string_view name() const override { return "json"; }

  farcall::Status serialize(const google::protobuf::MessageLite& message,
                            farcall::Buffer& out) const override {
    const auto* with_names = dynamic_cast<const google::protobuf::Message*>(&message);
    if (with_names == nullptr)
      return farcall::Status::internal("a lite message does not know its fields' names");
    std::string text;
    const auto status = google::protobuf::util::MessageToJsonString(*with_names, &text);
    if (!status.ok()) return farcall::Status::internal(std::string(status.message()));
    out.append(std::as_bytes(std::span(text)));
    return farcall::Status();
  }

  farcall::Status parse(std::span<const std::byte> bytes,
                        google::protobuf::MessageLite& message) const override {
    auto* with_names = dynamic_cast<google::protobuf::Message*>(&message);
    if (with_names == nullptr)
      return farcall::Status::internal("a lite message does not know its fields' names");
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;  // as protobuf's own form does: the other side may be newer
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto status = google::protobuf::util::JsonStringToMessage(text, with_names, options);
    if (!status.ok()) return farcall::Status::invalid_argument(std::string(status.message()));
    return farcall::Status();
  }
};
// [/snippet]
