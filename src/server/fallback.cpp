#include "server/fallback.hpp"

#include <farcall/buffer.hpp>
#include <farcall/server_stream.hpp>

#include <utility>

namespace farcall::server {

std::span<const codegen::MethodBinding> Fallback::methods() const {
  static constexpr codegen::MethodBinding kBinding[] = {
      {"", MethodKind::bidi_streaming, &codegen::detail::run_coroutine<&Fallback::run>, false}};
  return kBinding;
}

Task<void> Fallback::run(codegen::ServiceBase& base, codegen::ServerCall& call) {
  ServerStream<Buffer, Buffer> stream(call);
  auto handler = static_cast<Fallback&>(base).service_.handle(call.context(), stream);
  call.finish(std::move(co_await codegen::detail::Outcome(handler)));
}

}  // namespace farcall::server
