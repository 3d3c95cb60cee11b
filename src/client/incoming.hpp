#pragma once

#include "protocol/grpc_client.hpp"
#include "rpc/envelope.hpp"
#include "rpc/pieces.hpp"

#include <farcall/task.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farcall::client {

/// What a call knows of its response while that comes in parts. A small response that comes as a whole needs
/// none of it, so it is made when the first part comes, or when the call ends without.
struct Incoming {
  Incoming(std::string_view subtype, std::size_t max_message_size)
      : response(subtype), reader(max_message_size) {}

  // From the loop's cache, like the call itself.
  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* memory, std::size_t size) noexcept { free_frame(memory, size); }

  protocol::ResponseReader response;
  rpc::MessageReader reader;
  /// The one reply, where it is in several pieces; otherwise it is the call's `message`.
  rpc::Pieces reply;

  // Bytes of the response's DATA: that came, that the peer may send again, that were handed out.
  std::uint64_t received = 0;
  std::uint64_t released = 0;
  std::uint64_t consumed = 0;
};

}  // namespace farcall::client
