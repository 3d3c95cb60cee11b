#pragma once

#include <farcall/buffer.hpp>
#include <farcall/call_options.hpp>
#include <farcall/channel.hpp>
#include <farcall/client_stream.hpp>
#include <farcall/codegen/client.hpp>
#include <farcall/op.hpp>
#include <farcall/result.hpp>
#include <farcall/server_context.hpp>
#include <farcall/server_stream.hpp>
#include <farcall/status.hpp>
#include <farcall/task.hpp>

#include <string_view>
#include <utility>

namespace farcall {

/// Calls of any method by its name, with messages that are bytes already: for proxies, tools, and message
/// formats that no codec knows. Without generated code.
///
/// `path` is "/package.Service/Method", in characters from 0x21 to 0x7E; another one ends the call with
/// INVALID_ARGUMENT. It need not outlive the function. The bytes are a message as it travels, without gRPC's
/// prefix; a codec among the options only names their form in the content-type. What the server does not
/// serve, or serves as another kind of method, it says itself.
///
/// Otherwise as generated clients: any thread; calls begun after the channel was destroyed end with
/// CANCELLED.
class GenericClient final {
 public:
  explicit GenericClient(const Channel& channel) : channel_(channel) {}

  /// Copies the request.
  [[nodiscard]] Op<Result<Buffer>> unary(std::string_view path, const Buffer& request,
                                         CallOptions options = CallOptions()) {
    return codegen::call_unary<Buffer>(channel_, codegen::ClientMethod::named(path, MethodKind::unary),
                                       request, std::move(options));
  }
  /// Copies the request.
  [[nodiscard]] ClientReader<Buffer> server_streaming(std::string_view path, const Buffer& request,
                                                      CallOptions options = CallOptions()) {
    return codegen::call_server_streaming<Buffer>(
        channel_, codegen::ClientMethod::named(path, MethodKind::server_streaming), request,
        std::move(options));
  }
  [[nodiscard]] ClientWriter<Buffer, Buffer> client_streaming(std::string_view path,
                                                              CallOptions options = CallOptions()) {
    return codegen::call_client_streaming<Buffer, Buffer>(
        channel_, codegen::ClientMethod::named(path, MethodKind::client_streaming), std::move(options));
  }
  /// Also for a proxy that does not know the kind of the method: on the wire all four are the same.
  [[nodiscard]] ClientStream<Buffer, Buffer> bidi_streaming(std::string_view path,
                                                            CallOptions options = CallOptions()) {
    return codegen::call_bidi_streaming<Buffer, Buffer>(
        channel_, codegen::ClientMethod::named(path, MethodKind::bidi_streaming), std::move(options));
  }

 private:
  codegen::ChannelHandle channel_;
};

/// Serves every method that no other service of the server has: see Server::add_fallback.
class GenericService {
 public:
  GenericService() = default;
  GenericService(const GenericService&) = delete;
  GenericService& operator=(const GenericService&) = delete;
  virtual ~GenericService() = default;

  /// A call of the method `context.method()`, which is anything of the form "/service/method". Messages are
  /// bytes as they travel; whoever knows the method to be unary reads one and writes one. A coroutine as any
  /// other handler, called on several threads at once; to be refused is what
  /// `Status::unimplemented` is for.
  virtual Task<Status> handle(ServerContext& context, ServerStream<Buffer, Buffer>& stream) = 0;
};

}  // namespace farcall
