#include "net/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace farcall::net {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string addresses(const Target& target) {
  std::string out;
  for (const Address& address : target.addresses) out += (out.empty() ? "" : " ") + address.to_uri();
  return out;
}

TEST(Target, NamesAHostToResolve) {
  struct Case {
    std::string text;
    std::string host;
    std::uint16_t port;
    std::string authority;
  };
  const Case cases[] = {
      {"localhost:9000", "localhost", 9000, "localhost:9000"},
      {"example.org", "example.org", 443, "example.org"},
      {"dns:example.org:80", "example.org", 80, "example.org:80"},
      {"dns:///example.org:80", "example.org", 80, "example.org:80"},
      {"dns:///my_service", "my_service", 443, "my_service"},
  };
  for (const Case& c : cases) {
    const Parsed<Target> target = parse_target(c.text);
    ASSERT_TRUE(target) << target.error();
    EXPECT_TRUE(target->needs_resolving());
    EXPECT_EQ(target->scheme, Target::Scheme::dns);
    EXPECT_EQ(target->host, c.host);
    EXPECT_EQ(target->port, c.port);
    EXPECT_EQ(target->authority, c.authority);
  }
}

TEST(Target, NamesAddressesThatNeedNoResolving) {
  struct Case {
    std::string text;
    std::string addresses;
    std::string authority;
  };
  const Case cases[] = {
      {"127.0.0.1:9000", "ipv4:127.0.0.1:9000", "127.0.0.1:9000"},
      {"dns:///[::1]:9000", "ipv6:[::1]:9000", "[::1]:9000"},
      {"::1", "ipv6:[::1]:443", "[::1]"},
      {"[::1]", "ipv6:[::1]:443", "[::1]"},
      {"ipv4:1.2.3.4:5,6.7.8.9", "ipv4:1.2.3.4:5 ipv4:6.7.8.9:443", "1.2.3.4:5"},
      {"ipv4:///1.2.3.4:5", "ipv4:1.2.3.4:5", "1.2.3.4:5"},
      {"ipv6:[::1]:5,[2001:db8::1]:6", "ipv6:[::1]:5 ipv6:[2001:db8::1]:6", "[::1]:5"},
      {"unix:relative/x.sock", "unix:relative/x.sock", "localhost"},
      {"unix:///run/x.sock", "unix:/run/x.sock", "localhost"},
      {"unix-abstract:name", "unix-abstract:name", "localhost"},
  };
  for (const Case& c : cases) {
    const Parsed<Target> target = parse_target(c.text);
    ASSERT_TRUE(target) << target.error();
    EXPECT_FALSE(target->needs_resolving());
    EXPECT_EQ(addresses(*target), c.addresses);
    EXPECT_EQ(target->authority, c.authority);
  }
}

TEST(Target, SaysInOneLineWhatIsWrongAndWhatToWrite) {
  struct Case {
    std::string text;
    std::string wrong;
  };
  const Case cases[] = {
      {"", "is empty; write \"host:port\""},
      {":9000", "the host is missing"},
      {"localhost:", "the port '' is not a number"},
      {"localhost:0", "the port '0' is not a number from 1 to 65535"},
      {"localhost:99999", "the port '99999' is not a number"},
      {"local host:1", "'local host' is no host name"},
      {"a:b:c", "'a:b:c' is no host name"},
      {"[::1", "the brackets do not match"},
      {"http://localhost:9000", "a target is not a URL; write \"host:port\""},
      {"etcd://localhost:9000", "the scheme 'etcd' is not supported"},
      {"dns://8.8.8.8/localhost", "naming a DNS server is not supported"},
      {"dns:/localhost", "a slash too many or too few"},
      {"ipv4:[::1]:5", "'::1' is not an IPv4 address"},
      {"ipv4:localhost:5", "'localhost' is not an IPv4 address"},
      {"ipv4:", "the host is missing"},
      {"ipv4:1.2.3.4:5,", "the host is missing"},
      {"ipv6:1.2.3.4:5", "'1.2.3.4' is not an IPv6 address"},
      {"unix:", "the path is missing"},
      {"/run/x.sock", "write \"unix:/run/x.sock\""},
  };
  for (const Case& c : cases) {
    const Parsed<Target> target = parse_target(c.text);
    ASSERT_FALSE(target) << c.text;
    EXPECT_THAT(target.error(), HasSubstr(c.wrong)) << c.text;
    EXPECT_THAT(target.error(), HasSubstr(c.text));
    EXPECT_THAT(target.error(), Not(HasSubstr("\n")));
  }
}

}  // namespace
}  // namespace farcall::net
