#pragma once

#include <farcall/buffer.hpp>
#include <farcall/codegen/service.hpp>
#include <farcall/generic.hpp>
#include <farcall/server_context.hpp>
#include <farcall/server_stream.hpp>
#include <farcall/status.hpp>
#include <farcall/task.hpp>

#include <span>
#include <string_view>

namespace farcall::server {

/// A GenericService as the router's services are.
class Fallback final : public codegen::ServiceBase {
 public:
  explicit Fallback(GenericService& service) : service_(service) {}

  [[nodiscard]] std::string_view service_name() const override { return "(fallback)"; }
  /// One, whose path is none.
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override;

 private:
  Task<Status> handle(ServerContext& context, ServerStream<Buffer, Buffer>& stream);

  GenericService& service_;
};

}  // namespace farcall::server
