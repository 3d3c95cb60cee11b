#include "testing/dialogue.hpp"

#include "testing/halves.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace farcall::testing {
namespace {

namespace event = http2::event;

/// How much of the output a transport takes at a time when it is fed byte by byte: short writes of every
/// kind.
constexpr std::array<std::size_t, 5> kShortWrites = {1, 8, 3, 1000, 100'000};
constexpr int kMostDeadlines = 10'000;

}  // namespace

DialogueFailure::DialogueFailure(Location where, const std::string& text)
    : std::runtime_error(std::string(where.file) + ':' + std::to_string(where.line) + ": " + text) {}

Dialogue::Dialogue(http2::Role role, const http2::Config& config, Chunking chunking)
    : role_(role),
      chunking_(chunking),
      now_(base::TimePoint{} + std::chrono::hours(1)),
      engine_(role, config, now_),
      peer_(role == http2::Role::client) {}

http2::StreamKey Dialogue::key(std::uint32_t stream, Location where) const {
  auto found = keys_.find(stream);
  if (found == keys_.end())
    throw DialogueFailure(where, "stream " + std::to_string(stream) + " is not known");
  return found->second;
}

Dialogue& Dialogue::opens(std::initializer_list<std::pair<Setting, std::uint32_t>> settings, Location where) {
  pump();
  FrameScript hello;
  if (role_ == http2::Role::server) hello.preface();
  peer_sends(hello.settings(settings));
  Frame own = expect_frame(FrameType::settings, where);
  if (own.ack()) fail(where, "expected the engine's SETTINGS, got " + describe(own));
  expect_sent(frames().settings_ack(), where);
  if (!expect_event<event::SettingsReceived>(where).first)
    fail(where, "expected the first SETTINGS to be told");
  peer_sends(frames().settings_ack());
  window_updates_.clear();
  return *this;
}

Dialogue& Dialogue::peer_sends(const FrameScript& script) {
  peer_.says(script);
  feed(script.bytes());
  return *this;
}

Dialogue& Dialogue::peer_disconnects(std::string_view reason) {
  engine_.transport_closed(reason);
  collect_events();
  return *this;
}

Dialogue& Dialogue::after(base::Duration duration, Location where) {
  base::TimePoint until = now_ + duration;
  for (int i = 0; engine_.next_deadline() <= until; ++i) {
    if (i == kMostDeadlines) fail(where, "next_deadline does not move on");
    now_ = std::max(now_, engine_.next_deadline());
    engine_.on_deadline(now_);
    pump();
  }
  now_ = until;
  return *this;
}

Dialogue& Dialogue::stop_writing() {
  writing_ = false;
  return *this;
}

Dialogue& Dialogue::resume_writing() {
  writing_ = true;
  pump();
  return *this;
}

void Dialogue::feed(std::string_view bytes) {
  std::size_t step = chunking_ == Chunking::whole ? bytes.size() : 1;
  while (!bytes.empty() && !engine_.closed()) {
    std::string_view chunk = bytes.substr(0, step);
    bytes.remove_prefix(chunk.size());
    auto copy = std::make_unique<std::byte[]>(chunk.size());
    std::copy_n(base::as_bytes(chunk).begin(), chunk.size(), copy.get());
    engine_.receive({copy.get(), chunk.size()}, now_);
    collect_events();
    copy.reset();
    pump();
  }
}

void Dialogue::pump() {
  if (engine_.next_deadline() <= now_) engine_.on_deadline(now_);
  collect_events();
  if (writing_) collect_output();
  collect_events();
}

void Dialogue::collect_events() {
  while (http2::Event* next = engine_.poll_event()) {
    std::optional<event::Data> second_half = take_second_half(*next);
    Happened happened{std::move(*next), {}};
    if (auto* headers = std::get_if<event::Headers>(&happened.event))
      keys_[headers->stream_id] = headers->stream;
    if (second_half) {
      events_.push_back(std::move(happened));
      std::string bytes(base::as_text(second_half->data));
      second_half->data = {};
      happened = {*second_half, std::move(bytes)};
      events_.push_back(std::move(happened));
      continue;
    }
    if (auto* data = std::get_if<event::Data>(&happened.event)) {
      happened.bytes = base::as_text(data->data);
      data->data = {};
      auto* before = events_.empty() ? nullptr : std::get_if<event::Data>(&events_.back().event);
      if (before && before->stream == data->stream && !before->end_stream) {
        events_.back().bytes += happened.bytes;
        before->end_stream = data->end_stream;
        continue;
      }
    }
    events_.push_back(std::move(happened));
  }
}

void Dialogue::collect_output() {
  std::array<base::ByteView, 8> gather;
  std::vector<Frame> read;
  for (;;) {
    std::size_t limit =
        chunking_ == Chunking::whole ? SIZE_MAX : kShortWrites[writes_++ % kShortWrites.size()];
    std::size_t entries = engine_.poll_output(gather);
    std::size_t taken = 0;
    for (base::ByteView bytes : std::span(gather).first(entries)) {
      base::ByteView part = bytes.first(std::min(bytes.size(), limit - taken));
      peer_.hears(part, read);
      taken += part.size();
    }
    if (entries == 0) break;
    engine_.consumed(taken);
  }
  for (Frame& frame : read) {
    if (frame.type == FrameType::window_update) {
      window_updates_[frame.stream] += frame.integer();
    } else {
      sent_.push_back(std::move(frame));
    }
  }
}

void Dialogue::drop_background() {
  while (!events_.empty()) {
    auto* settings = std::get_if<event::SettingsReceived>(&events_.front().event);
    if (!settings || settings->first) return;
    events_.pop_front();
  }
}

std::optional<std::uint32_t> Dialogue::id_of(http2::StreamKey key) const {
  for (const auto& [id, known] : keys_) {
    if (known == key) return id;
  }
  return std::nullopt;
}

void Dialogue::ignore_rest() {
  events_.clear();
  sent_.clear();
}

std::string Dialogue::leftovers() {
  drop_background();
  std::string out;
  if (!events_.empty()) out += "events nobody expected: " + next_event_text();
  if (!sent_.empty())
    out += (out.empty() ? "" : "; ") + ("frames nobody expected: " + describe(sent_.front()));
  if (peer_.mid_frame() && writing_) out += " half a frame was sent";
  return out;
}

std::string Dialogue::next_event_text() const {
  if (events_.empty()) return "no event";
  const Happened& next = events_.front();
  std::string out = describe(next.event);
  if (std::holds_alternative<event::Data>(next.event))
    out += " (" + std::to_string(next.bytes.size()) + " bytes in all)";
  return out;
}

void Dialogue::fail(Location where, const std::string& text) {
  std::string sent;
  for (std::size_t i = 0; i < std::min<std::size_t>(sent_.size(), 4); ++i)
    sent += "\n    " + describe(sent_[i]);
  std::string events;
  for (std::size_t i = 0; i < std::min<std::size_t>(events_.size(), 4); ++i)
    events += "\n    " + describe(events_[i].event);
  throw DialogueFailure(where, text + "\n  frames waiting:" + sent + "\n  events waiting:" + events);
}

}  // namespace farcall::testing
