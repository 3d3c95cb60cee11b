#pragma once

#include <farcall/codegen/service.hpp>
#include <farcall/generic.hpp>

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
  static Task<void> run(codegen::ServiceBase& base, codegen::ServerCall& call);

  GenericService& service_;
};

}  // namespace farcall::server
