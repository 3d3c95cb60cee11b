#include "rpc/status_mapping.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

namespace farcall::rpc {
namespace {

TEST(StatusMappingTest, MapsHttpStatuses) {
  const std::pair<int, StatusCode> rows[] = {
      {200, StatusCode::unknown},         {204, StatusCode::unknown},
      {302, StatusCode::unknown},         {400, StatusCode::internal},
      {401, StatusCode::unauthenticated}, {403, StatusCode::permission_denied},
      {404, StatusCode::unimplemented},   {405, StatusCode::unknown},
      {409, StatusCode::unknown},         {413, StatusCode::unknown},
      {415, StatusCode::unknown},         {429, StatusCode::unavailable},
      {431, StatusCode::unknown},         {500, StatusCode::unknown},
      {501, StatusCode::unknown},         {502, StatusCode::unavailable},
      {503, StatusCode::unavailable},     {504, StatusCode::unavailable},
      {0, StatusCode::unknown},           {999, StatusCode::unknown},
  };
  for (const auto& [http, code] : rows) EXPECT_EQ(status_code_for_http(http), code) << http;
}

TEST(StatusMappingTest, MapsResets) {
  const std::pair<std::uint32_t, StatusCode> rows[] = {
      {0, StatusCode::internal},           {1, StatusCode::internal},    {2, StatusCode::internal},
      {3, StatusCode::internal},           {4, StatusCode::internal},    {5, StatusCode::internal},
      {6, StatusCode::internal},           {7, StatusCode::unavailable}, {8, StatusCode::cancelled},
      {9, StatusCode::internal},           {10, StatusCode::internal},   {11, StatusCode::resource_exhausted},
      {12, StatusCode::permission_denied}, {13, StatusCode::internal},   {14, StatusCode::unknown},
      {0xffffffff, StatusCode::unknown},
  };
  for (const auto& [error, code] : rows) EXPECT_EQ(status_code_for_reset(error), code) << error;
}

TEST(StatusMappingTest, ReadsStatusCodes) {
  EXPECT_EQ(parse_status_code("0"), StatusCode::ok);
  EXPECT_EQ(parse_status_code("5"), StatusCode::not_found);
  EXPECT_EQ(parse_status_code("16"), StatusCode::unauthenticated);
  EXPECT_EQ(parse_status_code("99"), static_cast<StatusCode>(99));
  EXPECT_EQ(parse_status_code("2147483647"), static_cast<StatusCode>(2147483647));
  for (const char* text :
       {"", "abc", "-1", "+1", " 1", "1 ", "01", "00", "1.0", "5x", "2147483648", "99999999999999999999"}) {
    EXPECT_FALSE(parse_status_code(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace farcall::rpc
