#pragma once

#include "rpc/envelope.hpp"
#include "rpc/pieces.hpp"
#include "server/assembly_budget.hpp"

#include <cstddef>

namespace farcall::server {

class Call;

/// What of a call's requests has come and is not used: the bytes that no message is complete with, and those
/// that nobody has asked for yet. A call that waits for its next request has none; the shard keeps a few for
/// those that do.
class Incoming final : public Assembly {
 public:
  explicit Incoming(std::size_t max_message_size) : reader(max_message_size) {}

  void belong_to(Call& call) { call_ = &call; }
  [[nodiscard]] std::size_t held() const { return reader.held() + request.size(); }
  /// Nothing that it holds is of use to anybody any more.
  void forget() {
    if (reader.idle()) {
      reader.rest();
    } else {
      reader.reset();
    }
    if (!request.empty()) request = {};
  }

  rpc::MessageReader reader;
  /// The one request of a method that has one, while it waits for the end of the stream or for its handler.
  rpc::Pieces request;

 private:
  void on_room() override;
  void on_stalled() override;

  Call* call_ = nullptr;
};

}  // namespace farcall::server
