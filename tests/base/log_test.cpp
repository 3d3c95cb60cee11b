#include <farcall/log.hpp>

#include <gtest/gtest.h>

namespace farcall {
namespace {

TEST(Log, NamesEveryLevel) {
  EXPECT_EQ(name(LogLevel::debug), "debug");
  EXPECT_EQ(name(LogLevel::info), "info");
  EXPECT_EQ(name(LogLevel::warning), "warning");
  EXPECT_EQ(name(LogLevel::error), "error");
}

TEST(Log, WritesOneLineToStderrFromWarningsUp) {
  testing::internal::CaptureStderr();
  log_to_stderr(LogLevel::info, "all is well");
  log_to_stderr(LogLevel::warning, "it gets full");
  log_to_stderr(LogLevel::error, "it is full");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "farcall: warning: it gets full\nfarcall: error: it is full\n");
}

}  // namespace
}  // namespace farcall
