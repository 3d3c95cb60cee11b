#include "server/fallback.hpp"

namespace farcall::server {

std::span<const codegen::MethodBinding> Fallback::methods() const {
  static constexpr codegen::MethodBinding kBinding[] = {codegen::bidi_streaming<&Fallback::handle>("")};
  return kBinding;
}

Task<Status> Fallback::handle(ServerContext& context, ServerStream<Buffer, Buffer>& stream) {
  return service_.handle(context, stream);
}

}  // namespace farcall::server
