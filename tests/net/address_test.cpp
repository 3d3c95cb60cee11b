#include "net/address.hpp"

#include "net/socket_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace farcall::net {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ListenAddress, IsUnderstoodInEveryDocumentedForm) {
  struct Case {
    std::string text;
    std::string uri;
  };
  const Case cases[] = {
      {"0.0.0.0:9000", "ipv4:0.0.0.0:9000"},
      {"127.0.0.1:0", "ipv4:127.0.0.1:0"},
      {"[::]:9000", "ipv6:[::]:9000"},
      {"[::1]:65535", "ipv6:[::1]:65535"},
      {"localhost:0", "ipv4:127.0.0.1:0"},
      {"ipv4:10.0.0.1:80", "ipv4:10.0.0.1:80"},
      {"ipv6:[fe80::1%1]:80", "ipv6:[fe80::1%1]:80"},
      {"dns:///0.0.0.0:50051", "ipv4:0.0.0.0:50051"},
      {"unix:/run/x.sock", "unix:/run/x.sock"},
      {"unix:x.sock", "unix:x.sock"},
      {"unix:///run/x.sock", "unix:/run/x.sock"},
      {"unix-abstract:name", "unix-abstract:name"},
  };
  for (const Case& c : cases) {
    const Parsed<Address> address = parse_listen_address(c.text);
    ASSERT_TRUE(address) << address.error();
    EXPECT_EQ(address->to_uri(), c.uri);
  }
}

TEST(ListenAddress, SaysInOneLineWhatIsWrongAndWhatToWrite) {
  struct Case {
    std::string text;
    std::string wrong;
  };
  const Case cases[] = {
      {"", "is empty; write one such as \"0.0.0.0:9000\""},
      {"9000", "the host is missing; write \"0.0.0.0:9000\""},
      {":9000", "the host is missing; write \"0.0.0.0:9000\""},
      {"*:9000", "the host is missing; write \"0.0.0.0:9000\""},
      {"127.0.0.1", "the port is missing"},
      {"::1", "the port is missing"},
      {"127.0.0.1:", "the port '' is not a number from 0 to 65535"},
      {"127.0.0.1:http", "the port 'http' is not a number from 0 to 65535"},
      {"127.0.0.1:65536", "the port '65536' is not a number from 0 to 65535"},
      {"127.0.0.1:-1", "the port '-1' is not a number from 0 to 65535"},
      {"127.0.0.1:+1", "the port '+1' is not a number from 0 to 65535"},
      {"[::1:9000", "the brackets do not match"},
      {"[::1]9000", "the brackets do not match"},
      {"example.org:9000", "'example.org' is not a numeric address"},
      {"1.2.3:9000", "'1.2.3' is not a numeric address"},
      {"http://0.0.0.0:9000", "a URL is not an address"},
      {"unix:", "the path is missing"},
      {"unix://run/x", "the path must be absolute"},
      {"unix-abstract:", "the name is missing"},
      {"unix:/" + std::string(107, 'x'), "longer than the 107 bytes"},
  };
  for (const Case& c : cases) {
    const Parsed<Address> address = parse_listen_address(c.text);
    ASSERT_FALSE(address) << c.text;
    EXPECT_THAT(address.error(), HasSubstr(c.wrong)) << c.text;
    EXPECT_THAT(address.error(), HasSubstr(c.text));
    EXPECT_THAT(address.error(), Not(HasSubstr("\n")));
  }
}

TEST(Address, SurvivesTheWayThroughASystemCall) {
  for (const char* text :
       {"1.2.3.4:5", "[2001:db8::1]:65535", "[fe80::1%3]:1", "unix:/run/x.sock", "unix-abstract:a b"}) {
    const Parsed<Address> address = parse_listen_address(text);
    ASSERT_TRUE(address) << address.error();
    EXPECT_EQ(SocketAddress(*address).to_address(), *address);
  }
  EXPECT_EQ(SocketAddress(Address::unix_unnamed()).to_address(), Address::unix_unnamed());
  EXPECT_EQ(Address::unix_unnamed().to_uri(), "unix:");
}

TEST(Address, TakesTheLongestNamesThatTheSystemHas) {
  const Address path = Address::unix_path(std::string(107, 'x'));
  EXPECT_EQ(SocketAddress(path).to_address(), path);
  const Address abstract = Address::unix_abstract(std::string(107, 'x'));
  EXPECT_EQ(SocketAddress(abstract).to_address(), abstract);
}

TEST(Address, ShowsAnIpv4PeerOfAnIpv6SocketAsIpv4) {
  EXPECT_EQ(parse_numeric_host("::ffff:10.0.0.1", 7)->to_uri(), "ipv4:10.0.0.1:7");
}

}  // namespace
}  // namespace farcall::net
