#include "test_service.hpp"

#include <farcall/all.hpp>
#include <farcall/any.hpp>
#include <farcall/sleep.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

namespace farcall::server::tests {

Text text(std::string_view value) {
  Text message;
  message.set_value(std::string(value));
  return message;
}

Task<Result<Text>> TestService::echo(ServerContext&, const Text& request) {
  Alive alive(lives);
  co_return request;
}

Task<Result<Text>> TestService::refuse(ServerContext& context, const Text& request) {
  context.add_trailing_metadata("x-why", "because");
  co_return Status::not_found("no " + request.value());
}

Task<Result<Text>> TestService::explode(ServerContext&, const Text& request) {
  Alive alive(lives);
  if (request.value() == "int") throw 42;
  throw std::runtime_error("secret " + request.value());
}

Task<Result<Text>> TestService::wait(ServerContext& context, const Text& request) {
  Alive alive(lives);
  context.on_cancelled([this] { ++cancel_callbacks; });
  stop_token = context.stop_token();
  co_await gate.pass();
  co_return request;
}

Task<void> TestService::deeper(std::size_t depth) {
  Alive alive(lives);
  if (depth == 0) {
    co_await gate.pass();
  } else {
    co_await deeper(depth - 1);
  }
}

Task<Result<Text>> TestService::wait_deep(ServerContext&, const Text& request) {
  Alive alive(lives);
  co_await deeper(3);
  co_return request;
}

Task<Result<Text>> TestService::wait_foreign(ServerContext& context, const Text& request) {
  Alive alive(lives);
  stop_token = context.stop_token();
  if (request.value() == "and the gate") {
    co_await all(foreign.pass(), deeper(0));
    co_return request;
  }
  co_await foreign.pass();
  if (request.value() == "register late") context.on_cancelled([this] { ++cancel_callbacks; });
  if (request.value() == "then sleep") co_await sleep(std::chrono::hours(1));
  co_await gate.pass();
  co_return request;
}

Task<Result<Text>> TestService::describe(ServerContext& context, const Text& request) {
  context.add_initial_metadata("x-initial", "first");
  context.add_trailing_metadata("x-trailing-bin", std::string("\0\1", 2));
  std::string answer(context.method());
  answer.append(" at ").append(context.authority()).append(" from ").append(context.peer());
  answer += context.deadline() ? " with a deadline" : " without a deadline";
  for (std::string_view value : context.metadata().values(request.value())) answer.append(" ").append(value);
  co_return text(answer);
}

Task<Status> TestService::count(ServerContext&, const Text& request, ServerWriter<Text>& replies) {
  Alive alive(lives);
  const int limit = std::stoi(request.value());
  for (int i = 0; i < limit; ++i) co_await replies.write(text(std::to_string(i)));
  co_return Status();
}

/// Replies of 10,000 bytes for as long as somebody takes them.
Task<Status> TestService::flood(ServerContext&, const Text& request, ServerWriter<Text>& replies) {
  Alive alive(lives);
  const std::size_t limit = std::stoul(request.value());
  for (written = 0; written < limit; ++written) co_await replies.write(text(std::string(10'000, 'x')));
  co_return Status();
}

Task<Result<Text>> TestService::join(ServerContext&, ServerReader<Text>& requests) {
  Alive alive(lives);
  std::string all;
  while (auto request = co_await requests.read()) all.append(request->value()).append(";");
  co_return text(all);
}

Task<Result<Text>> TestService::early(ServerContext&, ServerReader<Text>& requests) {
  Alive alive(lives);
  auto first = co_await requests.read();
  co_return text(first ? "enough after " + first->value() : "nothing");
}

/// Reads only once the gate is open.
Task<Result<Text>> TestService::slow_reader(ServerContext&, ServerReader<Text>& requests) {
  Alive alive(lives);
  co_await gate.pass();
  std::size_t bytes = 0;
  while (auto request = co_await requests.read()) bytes += request->value().size();
  co_return text(std::to_string(bytes));
}

namespace {

Task<std::optional<Text>> next_of(ServerReader<Text>& requests) {
  co_return co_await requests.read();
}

}  // namespace

/// Waits for each request only a second at a time; with x-then: gate, only once in all before the gate opens.
Task<Result<Text>> TestService::impatient(ServerContext& context, ServerReader<Text>& requests) {
  Alive alive(lives);
  const bool then_gate = context.metadata().find("x-then") == "gate";
  std::size_t bytes = 0;
  for (;;) {
    auto first = co_await any(next_of(requests), sleep(std::chrono::seconds(1)));
    if (first.index() == 1) {
      if (then_gate) co_await gate.pass();
      continue;
    }
    std::optional<Text> request = std::get<0>(std::move(first));
    if (!request) co_return text(std::to_string(bytes));
    bytes += request->value().size();
  }
}

/// One request, and then something that is not farcall's.
Task<Result<Text>> TestService::read_foreign(ServerContext&, ServerReader<Text>& requests) {
  Alive alive(lives);
  auto first = co_await requests.read();
  co_await foreign.pass();
  auto second = co_await requests.read();
  co_return text(second ? second->value() : "nothing");
}

Task<Status> TestService::chat(ServerContext&, ServerStream<Text, Text>& stream) {
  Alive alive(lives);
  while (auto note = co_await stream.read()) co_await stream.write(text("re: " + note->value()));
  co_return Status();
}

/// Reads all requests, and then waits for as long as anybody listens.
Task<Status> TestService::listen(ServerContext&, ServerStream<Text, Text>& stream) {
  Alive alive(lives);
  while (auto request = co_await stream.read()) stop_token = {};
  co_await sleep(std::chrono::hours(1));
  co_return Status();
}

Task<Status> TestService::greet(ServerContext& context, ServerStream<Text, Text>& stream) {
  Alive alive(lives);
  context.add_initial_metadata("x-hello", "you");
  co_await stream.send_initial_metadata();
  std::string late = "allowed";
  try {
    context.add_initial_metadata("x-late", "one");
  } catch (const std::logic_error&) {
    late = "refused";
  }
  co_await stream.read();
  context.add_trailing_metadata("x-late", late);
  co_return Status(StatusCode::aborted, "bye");
}

std::span<const codegen::MethodBinding> TestService::methods() const {
  static constexpr codegen::MethodBinding kMethods[] = {
      codegen::unary<&TestService::echo>("/test.Coroutines/Echo"),
      codegen::unary<&TestService::refuse>("/test.Coroutines/Refuse"),
      codegen::unary<&TestService::explode>("/test.Coroutines/Explode"),
      codegen::unary<&TestService::wait>("/test.Coroutines/Wait"),
      codegen::unary<&TestService::wait_deep>("/test.Coroutines/WaitDeep"),
      codegen::unary<&TestService::wait_foreign>("/test.Coroutines/WaitForeign"),
      codegen::unary<&TestService::describe>("/test.Coroutines/Describe"),
      codegen::server_streaming<&TestService::count>("/test.Coroutines/Count"),
      codegen::server_streaming<&TestService::flood>("/test.Coroutines/Flood"),
      codegen::client_streaming<&TestService::join>("/test.Coroutines/Join"),
      codegen::client_streaming<&TestService::early>("/test.Coroutines/Early"),
      codegen::client_streaming<&TestService::slow_reader>("/test.Coroutines/SlowReader"),
      codegen::client_streaming<&TestService::impatient>("/test.Coroutines/Impatient"),
      codegen::client_streaming<&TestService::read_foreign>("/test.Coroutines/ReadForeign"),
      codegen::bidi_streaming<&TestService::chat>("/test.Coroutines/Chat"),
      codegen::bidi_streaming<&TestService::listen>("/test.Coroutines/Listen"),
      codegen::bidi_streaming<&TestService::greet>("/test.Coroutines/Greet"),
  };
  return kMethods;
}

}  // namespace farcall::server::tests
