// From the path to the method.

#include "server/router.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <vector>

namespace bench::micro {
namespace {

class ManyMethods final : public farcall::codegen::ServiceBase {
 public:
  explicit ManyMethods(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      paths_.push_back("/benchmark.Service" + std::to_string(i / 10) + "/Method" + std::to_string(i % 10));
    for (const std::string& path : paths_) methods_.push_back({path, farcall::codegen::MethodKind::unary});
  }
  [[nodiscard]] std::string_view service_name() const override { return "benchmark.Many"; }
  [[nodiscard]] std::span<const farcall::codegen::MethodBinding> methods() const override { return methods_; }
  [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }

 private:
  std::vector<std::string> paths_;
  std::vector<farcall::codegen::MethodBinding> methods_;
};

/// Every one in turn, as many callers would ask.
void find_method(benchmark::State& state) {
  ManyMethods service(static_cast<std::size_t>(state.range(0)));
  farcall::server::Router router;
  if (!router.add(service).ok()) state.SkipWithError("the methods are refused");
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(router.find(service.paths()[next]));
    if (++next == service.paths().size()) next = 0;
  }
}
BENCHMARK(find_method)->Arg(1)->Arg(10'000);

/// Always the same one among so many.
void find_the_same_method(benchmark::State& state) {
  ManyMethods service(static_cast<std::size_t>(state.range(0)));
  farcall::server::Router router;
  if (!router.add(service).ok()) state.SkipWithError("the methods are refused");
  const std::string& path = service.paths()[service.paths().size() / 2];
  for (auto _ : state) benchmark::DoNotOptimize(router.find(path));
}
BENCHMARK(find_the_same_method)->Arg(1)->Arg(10'000);

}  // namespace
}  // namespace bench::micro
