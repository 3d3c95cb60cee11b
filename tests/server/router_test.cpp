#include "server/router.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace farcall::server {
namespace {

class ManyMethods final : public codegen::ServiceBase {
 public:
  explicit ManyMethods(std::vector<std::string> paths) : paths_(std::move(paths)) {
    for (const std::string& path : paths_) methods_.push_back({path, MethodKind::unary});
  }
  [[nodiscard]] std::string_view service_name() const override { return "test.Many"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override { return methods_; }

 private:
  std::vector<std::string> paths_;
  std::vector<codegen::MethodBinding> methods_;
};

TEST(Router, FindsEveryMethodByItsExactPathAndNothingElse) {
  std::vector<std::string> paths;
  for (int i = 0; i < 500; ++i)
    paths.push_back("/package.Service" + std::to_string(i % 7) + "/Method" + std::to_string(i));
  ManyMethods service(paths);
  Router router;
  ASSERT_TRUE(router.add(service).ok());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    ASSERT_NE(router.find(paths[i]), nullptr) << paths[i];
    EXPECT_EQ(router.find(paths[i])->method, &service.methods()[i]);
    EXPECT_EQ(router.find(paths[i])->service, &service);
  }
  for (const char* other :
       {"", "/", "/package.Service0/Method1", "/package.Service0/method0", "/package.Service0/Method0/",
        "package.Service0/Method0", "/package.Service0/Method"}) {
    EXPECT_EQ(router.find(other), nullptr) << other;
  }
}

TEST(Router, RefusesAMethodThatIsServedAlready) {
  ManyMethods one({"/s/A", "/s/B"});
  ManyMethods two({"/s/C", "/s/B"});
  Router router;
  ASSERT_TRUE(router.add(one).ok());
  const Status refused = router.add(two);
  EXPECT_EQ(refused.code(), StatusCode::already_exists);
  EXPECT_NE(refused.message().find("/s/B"), std::string::npos);
  EXPECT_EQ(router.find("/s/C"), nullptr);
  EXPECT_EQ(router.find("/s/B")->service, &one);
}

TEST(Router, WithoutServicesFindsNothing) {
  Router router;
  EXPECT_EQ(router.find("/s/A"), nullptr);
}

}  // namespace
}  // namespace farcall::server
