#include "dummy_services.hpp"

#include "benchmark.pb.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {
namespace {

constexpr std::size_t kMethodsEach = 10;

}  // namespace

class DummyServices::Service final : public farcall::codegen::ServiceBase {
 public:
  Service(std::size_t number, std::size_t methods) : name_("benchmark.Dummy" + std::to_string(number)) {
    for (std::size_t i = 0; i < methods; ++i) paths_.push_back("/" + name_ + "/Method" + std::to_string(i));
    for (const std::string& path : paths_)
      bindings_.push_back(farcall::codegen::unary<&Service::answer>(path));
  }

  [[nodiscard]] std::string_view service_name() const override { return name_; }
  [[nodiscard]] std::span<const farcall::codegen::MethodBinding> methods() const override {
    return bindings_;
  }

 private:
  farcall::Task<farcall::Result<benchmark::SumReply>> answer(farcall::ServerContext&,
                                                             const benchmark::SumRequest&) {
    co_return benchmark::SumReply();
  }

  std::string name_;
  std::vector<std::string> paths_;
  std::vector<farcall::codegen::MethodBinding> bindings_;
};

DummyServices::DummyServices(std::size_t methods) {
  for (std::size_t number = 0; methods > 0; ++number) {
    const std::size_t here = std::min(methods, kMethodsEach);
    services_.emplace_back(number, here);
    methods -= here;
  }
}

DummyServices::~DummyServices() = default;

void DummyServices::add_to(farcall::Server& server) {
  for (Service& service : services_) server.add(service);
}

}  // namespace bench
