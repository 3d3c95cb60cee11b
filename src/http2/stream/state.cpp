#include "http2/stream/state.hpp"

#include <array>
#include <cstddef>

namespace farcall::http2 {
namespace {

constexpr Verdict kAccept{};
constexpr Verdict kIgnore{Verdict::Action::ignore, ErrorCode::no_error};
constexpr Verdict kProtocolError{Verdict::Action::connection_error, ErrorCode::protocol_error};
constexpr Verdict kStreamClosed{Verdict::Action::connection_error, ErrorCode::stream_closed};

constexpr std::array<std::array<Verdict, kReceivedKinds>, kPhases> kVerdicts = {{
    // HEADERS, DATA, RST_STREAM, WINDOW_UPDATE
    {kAccept, kProtocolError, kProtocolError, kProtocolError},  // idle, §5.1
    {kAccept, kAccept, kAccept, kAccept},                       // open
    {kAccept, kAccept, kAccept, kAccept},                       // half_closed_local
    {kStreamClosed, kStreamClosed, kAccept, kAccept},           // half_closed_remote
    {kStreamClosed, kStreamClosed, kIgnore, kIgnore},           // closed_by_end
    {kStreamClosed, kStreamClosed, kIgnore, kIgnore},           // reset_by_peer
    {kIgnore, kIgnore, kIgnore, kIgnore},                       // reset_by_us
    {kIgnore, kIgnore, kIgnore, kIgnore},                       // closed_long_ago
    {kProtocolError, kStreamClosed, kIgnore, kIgnore},          // skipped, §5.1.1
}};

}  // namespace

Verdict judge(Phase phase, Received frame) {
  return kVerdicts[static_cast<std::size_t>(phase)][static_cast<std::size_t>(frame)];
}

}  // namespace farcall::http2
