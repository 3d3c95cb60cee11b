#include "speech_service.hpp"

#include <farcall/sleep.hpp>

#include <chrono>
#include <string>

namespace farcall::behaviours {

namespace {

Text text(std::string_view value) {
  Text message;
  message.set_value(std::string(value));
  return message;
}

void return_metadata(ServerContext& context) {
  for (const auto& [name, value] : context.metadata()) {
    if (!name.starts_with("x-")) continue;
    context.add_initial_metadata(name, value);
    context.add_trailing_metadata(name, value);
  }
}

/// What a text asks for beside an answer; OK if nothing.
Task<Status> obey(std::string_view words) {
  if (words == "hold") co_await sleep(std::chrono::hours(1));
  if (words.starts_with("fail")) co_return Status::failed_precondition(std::string(words));
  co_return Status();
}

}  // namespace

Task<Result<Text>> SpeechService::say(ServerContext& context, const Text& request) {
  return_metadata(context);
  Status status = co_await obey(request.value());
  if (!status.ok()) co_return status;
  if (request.value() == "who") co_return text(context.peer());
  co_return request;
}

Task<Status> SpeechService::recite(ServerContext& context, const Text& request, ServerWriter<Text>& replies) {
  return_metadata(context);
  Status status = co_await obey(request.value());
  if (!status.ok()) co_return status;
  const Text line = text(std::string(10'000, 'r'));
  const unsigned long lines = std::stoul(request.value());
  for (unsigned long i = 0; i < lines; ++i) co_await replies.write(line);
  co_return Status();
}

Task<Result<Text>> SpeechService::dictate(ServerContext& context, ServerReader<Text>& requests) {
  return_metadata(context);
  std::string all;
  while (auto request = co_await requests.read()) all += request->value();
  co_return text(all);
}

Task<Result<Text>> SpeechService::ignore(ServerContext&, ServerReader<Text>&) {
  co_await sleep(std::chrono::hours(1));
  co_return text("bored");
}

Task<Status> SpeechService::chat(ServerContext& context, ServerStream<Text, Text>& stream) {
  return_metadata(context);
  co_await stream.send_initial_metadata();
  while (auto request = co_await stream.read()) {
    Status status = co_await obey(request->value());
    if (!status.ok()) co_return status;
    co_await stream.write(*request);
  }
  co_return Status();
}

std::span<const codegen::MethodBinding> SpeechService::methods() const {
  static constexpr codegen::MethodBinding kMethods[] = {
      codegen::unary<&SpeechService::say>("/test.Speech/Say"),
      codegen::server_streaming<&SpeechService::recite>("/test.Speech/Recite"),
      codegen::client_streaming<&SpeechService::dictate>("/test.Speech/Dictate"),
      codegen::client_streaming<&SpeechService::ignore>("/test.Speech/Ignore"),
      codegen::bidi_streaming<&SpeechService::chat>("/test.Speech/Chat"),
  };
  return kMethods;
}

}  // namespace farcall::behaviours
