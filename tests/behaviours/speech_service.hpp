#pragma once

#include <farcall/codegen/service.hpp>

#include <google/protobuf/wrappers.pb.h>

#include <span>
#include <string_view>

namespace farcall::behaviours {

using Text = google::protobuf::StringValue;

/// The service that tests/client/calls.hpp calls: a method of each kind, texts in and out.
///
/// Metadata named x-... comes back as initial and as trailing metadata. In Say, Recite and Chat some texts
/// ask for something:
///   "hold"     waits until the call is cancelled,
///   "fail ..." ends the call with FAILED_PRECONDITION and the text,
///   "who"      in Say: the answer is the client's address.
class SpeechService final : public codegen::ServiceBase {
 public:
  /// The same text.
  Task<Result<Text>> say(ServerContext& context, const Text& request);
  /// As many texts as the request says, of 10,000 bytes each.
  Task<Status> recite(ServerContext& context, const Text& request, ServerWriter<Text>& replies);
  /// All the texts, one behind the other.
  Task<Result<Text>> dictate(ServerContext& context, ServerReader<Text>& requests);
  /// Waits until the call is cancelled, and reads nothing.
  Task<Result<Text>> ignore(ServerContext& context, ServerReader<Text>& requests);
  /// Each text at once; the headers before the first of them.
  Task<Status> chat(ServerContext& context, ServerStream<Text, Text>& stream);

  [[nodiscard]] std::string_view service_name() const override { return "test.Speech"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override;
};

}  // namespace farcall::behaviours
