#pragma once

#include <farcall/channel.hpp>
#include <farcall/codegen/client.hpp>

#include <google/protobuf/wrappers.pb.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace farcall::client_test {

/// What the generator would make of a service with a method of each kind, all of them with texts in and out.
using Text = google::protobuf::StringValue;

inline Text text(std::string_view value) {
  Text message;
  message.set_value(std::string(value));
  return message;
}

inline Op<Result<Text>> say(Channel& channel, std::string_view words, CallOptions options = CallOptions()) {
  static constexpr codegen::ClientMethod kMethod("/test.Speech/Say", MethodKind::unary);
  return codegen::call_unary<Text>(channel, kMethod, text(words), std::move(options));
}
inline ClientReader<Text> recite(Channel& channel, std::string_view words,
                                 CallOptions options = CallOptions()) {
  static constexpr codegen::ClientMethod kMethod("/test.Speech/Recite", MethodKind::server_streaming);
  return codegen::call_server_streaming<Text>(channel, kMethod, text(words), std::move(options));
}
inline ClientWriter<Text, Text> dictate(Channel& channel, CallOptions options = CallOptions()) {
  static constexpr codegen::ClientMethod kMethod("/test.Speech/Dictate", MethodKind::client_streaming);
  return codegen::call_client_streaming<Text, Text>(channel, kMethod, std::move(options));
}
inline ClientStream<Text, Text> chat(Channel& channel, CallOptions options = CallOptions()) {
  static constexpr codegen::ClientMethod kMethod("/test.Speech/Chat", MethodKind::bidi_streaming);
  return codegen::call_bidi_streaming<Text, Text>(channel, kMethod, std::move(options));
}

/// Starts an operation; the test plays the server meanwhile.
template <class T>
std::future<T> begin(Op<T> op) {
  auto promise = std::make_shared<std::promise<T>>();
  std::future<T> future = promise->get_future();
  op.then([promise](T value) { promise->set_value(std::move(value)); });
  return future;
}

/// What has been begun must end: 20 seconds, then the test fails.
template <class T>
T outcome(std::future<T>& future) {
  if (future.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
    throw std::runtime_error("an operation did not complete in 20 s");
  }
  return future.get();
}

template <class T>
T outcome(std::future<T>&& future) {
  return outcome(future);
}

template <class T>
T outcome(Op<T> op) {
  return outcome(begin(std::move(op)));
}

inline std::string shown(const Result<Text>& result) {
  return result.ok() ? result->value() : to_string(result.status());
}
inline std::string shown(const std::optional<Text>& read) {
  return read ? read->value() : "(none)";
}

}  // namespace farcall::client_test
