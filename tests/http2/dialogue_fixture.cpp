#include "dialogue_fixture.hpp"

#include <stdexcept>

namespace farcall::http2 {
namespace {

[[noreturn]] void fail(const std::string& text, const std::vector<Frame>& sent) {
  throw std::runtime_error(text + "; sent: " + farcall::testing::describe(sent));
}

void expect_alive(Dialogue& dialogue, const std::vector<Frame>& sent) {
  if (dialogue.engine().closed()) fail("the connection should live", sent);
  constexpr std::uint64_t kPayload = 0x616c'6976'653f'0000;
  dialogue.peer_sends(frames().ping(kPayload));
  dialogue.expect_sent(frames().ping_ack(kPayload));
}

std::size_t count_resets(const std::vector<Frame>& sent) {
  std::size_t count = 0;
  for (const Frame& frame : sent) count += frame.type == FrameType::rst_stream ? 1 : 0;
  return count;
}

void expect_connection_error(Dialogue& dialogue, const Outcome& outcome, const std::vector<Frame>& sent) {
  std::string wanted =
      "expected GOAWAY " + std::string(name(outcome.code)) + ' ' + std::string(outcome.token);
  if (!dialogue.engine().closed()) fail(wanted + ", but the connection lives", sent);
  if (sent.empty() || sent.back().type != FrameType::go_away) fail(wanted + " as the last frame", sent);
  const Frame& last = sent.back();
  if (last.code() != outcome.code) fail(wanted, sent);
  if (!outcome.token.empty() && last.debug_data() != outcome.token) fail(wanted, sent);
}

void expect_stream_error(const Outcome& outcome, const std::vector<Frame>& sent) {
  std::string wanted = "expected RST_STREAM " + std::string(name(outcome.code)) + " on stream " +
                       std::to_string(outcome.stream_id);
  if (count_resets(sent) != 1) fail(wanted, sent);
  for (const Frame& frame : sent) {
    if (frame.type != FrameType::rst_stream) continue;
    if (frame.stream != outcome.stream_id || frame.code() != outcome.code) fail(wanted, sent);
  }
}

}  // namespace

void expect_outcome(Dialogue& dialogue, const Outcome& outcome) {
  std::vector<Frame> sent = dialogue.take_sent();
  switch (outcome.kind) {
    case Outcome::Kind::connection:
      expect_connection_error(dialogue, outcome, sent);
      dialogue.ignore_rest();
      return;
    case Outcome::Kind::stream:
      expect_stream_error(outcome, sent);
      break;
    case Outcome::Kind::ignored:
      dialogue.expect_no_event();
      [[fallthrough]];
    case Outcome::Kind::accepted:
      if (count_resets(sent) != 0) fail("expected no RST_STREAM", sent);
      break;
  }
  expect_alive(dialogue, sent);
  dialogue.ignore_rest();
}

Dialogue& EachChunking::fresh_server(const Config& config) {
  return dialogues_.emplace_back(Role::server, config, GetParam());
}

Dialogue& EachChunking::fresh_client(const Config& config) {
  return dialogues_.emplace_back(Role::client, config, GetParam());
}

Dialogue& EachChunking::server(const Config& config) {
  return fresh_server(config).opens();
}

Dialogue& EachChunking::client(const Config& config) {
  return fresh_client(config).opens();
}

Dialogue& EachChunking::server_with_request(bool end_stream, const Config& config) {
  Dialogue& dialogue = server(config);
  FrameScript request = frames().headers(1).request();
  dialogue.peer_sends(end_stream ? request.end_stream() : request);
  dialogue.expect_headers(1);
  return dialogue;
}

void EachChunking::finish(std::string_view name) {
  for (Dialogue& dialogue : dialogues_) {
    if (std::string rest = dialogue.leftovers(); !rest.empty()) ADD_FAILURE() << name << ": " << rest;
  }
}

void EachChunking::TearDown() {
  if (!HasFailure()) finish("at the end of the test");
  dialogues_.clear();
}

}  // namespace farcall::http2
