// RFC 9113 §5.1 as data: every state of a stream x every frame that may come, for both roles.

#include "dialogue_fixture.hpp"

#include <array>
#include <ostream>

namespace farcall::http2 {
namespace {

enum class State : std::uint8_t {
  idle,
  open,
  half_closed_remote,
  half_closed_local,
  closed,
  reset_by_us,
  reset_by_peer,
  implicitly_closed,
};
constexpr std::array kStates = {
    State::idle,   State::open,        State::half_closed_remote, State::half_closed_local,
    State::closed, State::reset_by_us, State::reset_by_peer,      State::implicitly_closed};

const char* name(State state) {
  constexpr std::array kNames = {"idle",   "open",        "half-closed (remote)", "half-closed (local)",
                                 "closed", "reset by us", "reset by the peer",    "closed without use"};
  return kNames[static_cast<std::size_t>(state)];
}

/// What a cell of the table says. The code of an error of the connection and of the stream is in the name.
enum class Cell : std::uint8_t {
  ok,               ///< Accepted.
  nop,              ///< Ignored: no event, no reply.
  conn_protocol,    ///< GOAWAY PROTOCOL_ERROR.
  conn_closed,      ///< GOAWAY STREAM_CLOSED.
  stream_protocol,  ///< RST_STREAM PROTOCOL_ERROR.
};

Outcome outcome_of(Cell cell, std::uint32_t stream) {
  switch (cell) {
    case Cell::ok:
      return kAccepted;
    case Cell::nop:
      return kIgnored;
    case Cell::conn_protocol:
      return connection_error(ErrorCode::protocol_error);
    case Cell::conn_closed:
      return connection_error(ErrorCode::stream_closed);
    case Cell::stream_protocol:
      return stream_error(stream, ErrorCode::protocol_error);
  }
  return kAccepted;
}

struct Input {
  const char* name;
  /// In the order of kStates.
  std::array<Cell, kStates.size()> cells;
  FrameScript (*says)(std::uint32_t stream);
};

using Id = std::uint32_t;
constexpr Cell ok = Cell::ok;
constexpr Cell nop = Cell::nop;
constexpr Cell cp = Cell::conn_protocol;
constexpr Cell cc = Cell::conn_closed;
constexpr Cell sp = Cell::stream_protocol;

// Two tables, to be read in columns. SETTINGS, PING and GOAWAY on a stream are errors in every state (RFC
// 9113 §6.5, §6.7, §6.8), an unknown type is none in any (§5.5).
// clang-format off

// A server, whose peer opens the streams.
//                           half-closed         reset by   never
//                     idle open remote local end  us   peer used
const Input kServer[] = {
    {"DATA",          {cp,  ok,  cc,  ok,  cc,  nop, cc,  cc}, [](Id s) { return frames().data(s, "x"); }},
    {"the last DATA", {cp,  ok,  cc,  ok,  cc,  nop, cc,  cc}, [](Id s) { return frames().data(s, "x").end_stream(); }},
    {"HEADERS",       {sp,  sp,  cc,  sp,  cc,  nop, cc,  cp}, [](Id s) { return frames().headers(s).field("a", "b"); }},
    {"trailers",      {sp,  ok,  cc,  ok,  cc,  nop, cc,  cp}, [](Id s) { return frames().headers(s).field("a", "b").end_stream(); }},
    {"a request",     {ok,  sp,  cc,  sp,  cc,  nop, cc,  cp}, [](Id s) { return frames().headers(s).request(); }},
    {"PRIORITY",      {nop, nop, nop, nop, nop, nop, nop, nop}, [](Id s) { return frames().priority(s, 0); }},
    {"RST_STREAM",    {cp,  ok,  ok,  ok,  nop, nop, nop, nop}, [](Id s) { return frames().reset(s, ErrorCode::cancel); }},
    {"PUSH_PROMISE",  {cp,  cp,  cp,  cp,  cp,  cp,  cp,  cp}, [](Id s) { return frames().push_promise(s, 2).request(); }},
    {"WINDOW_UPDATE", {cp,  nop, nop, nop, nop, nop, nop, nop}, [](Id s) { return frames().window_update(s, 1); }},
    {"CONTINUATION",  {cp,  cp,  cp,  cp,  cp,  cp,  cp,  cp}, [](Id s) { return frames().continuation(s).field("a", "b"); }},
    {"SETTINGS",      {cp,  cp,  cp,  cp,  cp,  cp,  cp,  cp}, [](Id s) { return frames().frame(4, 0, s); }},
    {"PING",          {cp,  cp,  cp,  cp,  cp,  cp,  cp,  cp}, [](Id s) { return frames().frame(6, 0, s, "12345678"); }},
    {"GOAWAY",        {cp,  cp,  cp,  cp,  cp,  cp,  cp,  cp}, [](Id s) { return frames().frame(7, 0, s, "12345678"); }},
    {"unknown",       {nop, nop, nop, nop, nop, nop, nop, nop}, [](Id s) { return frames().frame(0x42, 0xff, s, "x"); }},
};

// A client, which opens the streams: "never used" is a server's stream here, which nobody promised. The final response
// has come where the state is half-closed (remote) or closed; elsewhere it has not.
const Input kClient[] = {
    {"DATA",          {cp,  sp,  cc,  sp,  cc,  nop, cc,  cp}, [](Id s) { return frames().data(s, "x"); }},
    {"the last DATA", {cp,  sp,  cc,  sp,  cc,  nop, cc,  cp}, [](Id s) { return frames().data(s, "x").end_stream(); }},
    {"HEADERS",       {cp,  sp,  cc,  sp,  cc,  nop, cc,  cp}, [](Id s) { return frames().headers(s).field("a", "b"); }},
    {"a response",    {cp,  ok,  cc,  ok,  cc,  nop, cc,  cp}, [](Id s) { return frames().headers(s).response(); }},
    {"all of one",    {cp,  ok,  cc,  ok,  cc,  nop, cc,  cp}, [](Id s) { return frames().headers(s).response().end_stream(); }},
    {"PRIORITY",      {nop, nop, nop, nop, nop, nop, nop, nop}, [](Id s) { return frames().priority(s, 0); }},
    {"RST_STREAM",    {cp,  ok,  ok,  ok,  nop, nop, nop, cp}, [](Id s) { return frames().reset(s, ErrorCode::cancel); }},
    {"PUSH_PROMISE",  {cp,  cp,  cp,  cp,  cp,  cp,  cp,  cp}, [](Id s) { return frames().push_promise(s, 2).request(); }},
    {"WINDOW_UPDATE", {cp,  nop, nop, nop, nop, nop, nop, cp}, [](Id s) { return frames().window_update(s, 1); }},
    {"CONTINUATION",  {cp,  cp,  cp,  cp,  cp,  cp,  cp,  cp}, [](Id s) { return frames().continuation(s).field("a", "b"); }},
    {"SETTINGS",      {cp,  cp,  cp,  cp,  cp,  cp,  cp,  cp}, [](Id s) { return frames().frame(4, 0, s); }},
    {"PING",          {cp,  cp,  cp,  cp,  cp,  cp,  cp,  cp}, [](Id s) { return frames().frame(6, 0, s, "12345678"); }},
    {"GOAWAY",        {cp,  cp,  cp,  cp,  cp,  cp,  cp,  cp}, [](Id s) { return frames().frame(7, 0, s, "12345678"); }},
    {"unknown",       {nop, nop, nop, nop, nop, nop, nop, nop}, [](Id s) { return frames().frame(0x42, 0xff, s, "x"); }},
};
// clang-format on

/// Which stream of the dialogue is in the state, after it was brought there.
std::uint32_t bring_server_to(State state, Dialogue& d) {
  FrameScript open = frames().headers(1).request();
  FrameScript complete = frames().headers(1).request().end_stream();
  switch (state) {
    case State::idle:
      return 1;
    case State::open:
      d.peer_sends(open);
      return 1;
    case State::half_closed_remote:
      d.peer_sends(complete);
      return 1;
    case State::half_closed_local:
      d.peer_sends(open).respond(1, "200", true);
      return 1;
    case State::closed:
      d.peer_sends(complete).respond(1, "200", true);
      return 1;
    case State::reset_by_us:
      d.peer_sends(open).reset(1, ErrorCode::cancel);
      return 1;
    case State::reset_by_peer:
      d.peer_sends(open.reset(1, ErrorCode::cancel));
      return 1;
    case State::implicitly_closed:
      d.peer_sends(frames().headers(9).request().end_stream());
      return 3;
  }
  return 0;
}

std::uint32_t bring_client_to(State state, Dialogue& d) {
  if (state == State::idle) return 1;
  if (state == State::implicitly_closed) return 2;  // A server's stream, which nobody promised.
  bool ended = state == State::half_closed_local || state == State::closed;
  std::uint32_t stream = d.request(ended);
  if (state == State::half_closed_remote || state == State::closed) {
    d.peer_sends(frames().headers(stream).response().end_stream());
  }
  if (state == State::reset_by_us) d.reset(stream, ErrorCode::cancel);
  if (state == State::reset_by_peer) d.peer_sends(frames().reset(stream, ErrorCode::cancel));
  return stream;
}

class StreamStates : public EachChunking {
 protected:
  template <class Inputs, class Bring>
  void check(const Inputs& inputs, Bring bring) {
    struct Pair {
      std::string name;
      const Input* input;
      State state;
      Cell cell;
    };
    std::vector<Pair> pairs;
    for (const Input& input : inputs) {
      for (std::size_t i = 0; i < kStates.size(); ++i) {
        pairs.push_back(
            {std::string(input.name) + " when " + name(kStates[i]), &input, kStates[i], input.cells[i]});
      }
    }
    for_each(pairs, [&](const Pair& pair) {
      Dialogue& d = bring(pair.state);
      std::uint32_t stream = stream_;
      d.ignore_rest();
      d.peer_sends(pair.input->says(stream));
      expect_outcome(d, outcome_of(pair.cell, stream));
    });
  }

  std::uint32_t stream_ = 0;
};
FARCALL_EACH_CHUNKING(StreamStates);

// RFC 9113 §5.1, §5.1.1, §6; hostile-input R5 for the errors of the connection where the RFC leaves the
// choice: a peer that ended or reset a stream itself cannot send on it by an honest race.
TEST_P(StreamStates, OfAServerMeetEveryFrame) {
  check(kServer, [this](State state) -> Dialogue& {
    Dialogue& d = server();
    stream_ = bring_server_to(state, d);
    return d;
  });
}

TEST_P(StreamStates, OfAClientMeetEveryFrame) {
  check(kClient, [this](State state) -> Dialogue& {
    Dialogue& d = client();
    stream_ = bring_client_to(state, d);
    return d;
  });
}

// RFC 9113 §5.1: how a stream ended is remembered for at least the last hundred; whoever is older is treated
// as leniently as one that we reset.
TEST_P(StreamStates, AreRememberedForTheLastHundredClosedStreams) {
  Dialogue& d = server();
  for (std::uint32_t id = 1; id < 1 + 2 * 100; id += 2) {
    d.peer_sends(frames().headers(id).request());
    d.reset(id, ErrorCode::cancel);
  }
  d.ignore_rest();
  d.peer_sends(frames().data(1, "late").end_stream());
  expect_outcome(d, kIgnored);
}

TEST_P(StreamStates, AreRememberedWithTheirReason) {
  Dialogue& d = server();
  for (std::uint32_t id = 1; id < 1 + 2 * 100; id += 2) {
    d.peer_sends(frames().headers(id).request().end_stream());
    d.respond(id, "200", true);
  }
  d.ignore_rest();
  d.peer_sends(frames().data(1, "late").end_stream());
  expect_outcome(d, connection_error(ErrorCode::stream_closed));
}

}  // namespace
}  // namespace farcall::http2
