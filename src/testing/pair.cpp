#include "testing/pair.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace farcall::testing {

Pair::Pair(const http2::Config& client, const http2::Config& server, std::uint64_t seed)
    : now_(base::TimePoint{} + std::chrono::hours(1)),
      client_(http2::Role::client, client, now_),
      server_(http2::Role::server, server, now_),
      writes_(seed ^ 0x5bd1'e995),
      reads_(seed ^ 0x1b87'3593),
      turns_(seed) {}

std::optional<Side> Pair::step() {
  for (Side side : {Side::client, Side::server}) {
    if (engine(side).next_deadline() <= now_) engine(side).on_deadline(now_);
    write(side);
  }
  Side first = turns_() % 2 == 0 ? Side::client : Side::server;
  Side second = first == Side::client ? Side::server : Side::client;
  for (Side side : {first, second}) {
    if (read(side)) return side;
  }
  return std::nullopt;
}

void Pair::advance(base::Duration duration) {
  base::TimePoint due = std::min(client_.next_deadline(), server_.next_deadline());
  now_ = std::max(now_, std::min(now_ + duration, due));
  if (client_.next_deadline() <= now_) client_.on_deadline(now_);
  if (server_.next_deadline() <= now_) server_.on_deadline(now_);
}

std::string Pair::take_wire(Side from_side) {
  return std::exchange(from(from_side).log, {});
}

void Pair::write(Side side) {
  Pipe& pipe = from(side);
  std::array<base::ByteView, 16> gather;
  while (pipe.available() < kPipeCapacity) {
    std::size_t entries = engine(side).poll_output(gather);
    if (entries == 0) return;
    std::size_t room = writes_.next(kPipeCapacity - pipe.available());
    std::size_t written = 0;
    for (base::ByteView bytes : std::span(gather).first(entries)) {
      base::ByteView part = bytes.first(std::min(bytes.size(), room - written));
      pipe.bytes += base::as_text(part);
      pipe.log += base::as_text(part);
      written += part.size();
    }
    engine(side).consumed(written);
  }
}

bool Pair::read(Side side) {
  Pipe& pipe = from(side == Side::client ? Side::server : Side::client);
  if (pipe.available() == 0 || engine(side).closed() || !engine(side).wants_input()) return false;
  now_ += std::chrono::microseconds(turns_() % 1'000);
  std::size_t size = reads_.next(pipe.available());
  portion_ = std::string(pipe.bytes, pipe.read, size);
  portion_.shrink_to_fit();
  pipe.read += size;
  if (pipe.read > kPipeCapacity) pipe.bytes.erase(0, std::exchange(pipe.read, 0));
  engine(side).receive(base::as_bytes(portion_), now_);
  return true;
}

}  // namespace farcall::testing
