#pragma once

#include "http2/connection.hpp"
#include "testing/dialogue.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::http2 {

using farcall::testing::Chunking;
using farcall::testing::Dialogue;
using farcall::testing::Frame;
using farcall::testing::frames;
using farcall::testing::FrameScript;
using farcall::testing::FrameType;
using farcall::testing::header_list;
using farcall::testing::header_map;
using farcall::testing::HeaderList;
using farcall::testing::quiet_config;
using farcall::testing::Setting;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// What an engine does about a peer's words, as a row of a table says it.
struct Outcome {
  enum class Kind : std::uint8_t {
    accepted,    ///< No error of any kind; events may follow.
    ignored,     ///< Neither an error nor an event.
    stream,      ///< RST_STREAM with the code; the connection lives.
    connection,  ///< GOAWAY with the code (and token, if given); the connection is over.
  };
  Kind kind = Kind::accepted;
  ErrorCode code = ErrorCode::no_error;
  std::uint32_t stream_id = 0;
  std::string_view token;
};

inline constexpr Outcome kAccepted{};
inline constexpr Outcome kIgnored{Outcome::Kind::ignored, ErrorCode::no_error, 0, {}};

constexpr Outcome connection_error(ErrorCode code, std::string_view token = {}) {
  return {Outcome::Kind::connection, code, 0, token};
}

constexpr Outcome stream_error(std::uint32_t stream, ErrorCode code) {
  return {Outcome::Kind::stream, code, stream, {}};
}

/// Takes everything that waits in the dialogue and compares; afterwards a connection that should live must
/// answer.
void expect_outcome(Dialogue& dialogue, const Outcome& outcome);

/// Every test of a suite derived from this runs twice: bytes come whole, and one by one. What a test leaves
/// unread in a dialogue is a failure.
class EachChunking : public ::testing::TestWithParam<Chunking> {
 protected:
  /// Before the handshake.
  Dialogue& fresh_server(const Config& config = quiet_config());
  Dialogue& fresh_client(const Config& config = quiet_config());
  /// After it.
  Dialogue& server(const Config& config = quiet_config());
  Dialogue& client(const Config& config = quiet_config());
  /// A server's stream 1 with a complete request that the test needs not look at.
  Dialogue& server_with_request(bool end_stream, const Config& config = quiet_config());

  /// Runs `check(row)` for each row, whatever becomes of the others. A row has a member `name`.
  template <class Rows, class Check>
  void for_each(const Rows& rows, Check check) {
    for (const auto& row : rows) {
      try {
        check(row);
        finish(row.name);
      } catch (const std::exception& failure) {
        ADD_FAILURE() << row.name << ": " << failure.what();
      }
      dialogues_.clear();
    }
  }

  void TearDown() override;

 private:
  void finish(std::string_view name);

  std::list<Dialogue> dialogues_;
};

}  // namespace farcall::http2

#define FARCALL_EACH_CHUNKING(suite)                                                                      \
  INSTANTIATE_TEST_SUITE_P(                                                                               \
      Bytes, suite,                                                                                       \
      ::testing::Values(::farcall::testing::Chunking::whole, ::farcall::testing::Chunking::byte_by_byte), \
      [](const auto& chunking) {                                                                          \
        return chunking.param == ::farcall::testing::Chunking::whole ? "Whole" : "OneByOne";              \
      })
