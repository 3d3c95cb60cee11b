#pragma once

// Included by .cpp files only.

#include "net/address.hpp"
#include "net/asio_wait.hpp"
#include "net/byte_stream.hpp"
#include "net/descriptor.hpp"

#include <memory>
#include <string>
#include <system_error>

namespace farcall::net {

/// A TCP or Unix socket as a ByteStream. Asio only waits; reading and writing are plain system calls.
class SocketStream final : public ByteStream {
 public:
  /// `socket` is non-blocking. Null when the loop cannot watch it, and then it is closed.
  static std::unique_ptr<SocketStream> make(Loop& loop, Descriptor socket, const Address& peer);
  ~SocketStream() override { close(); }

  void set_observer(ReadinessObserver& observer) override { observer_ = &observer; }
  [[nodiscard]] IoResult read(std::span<std::byte> into) override;
  [[nodiscard]] IoResult write(std::span<const base::ByteView> gather) override;
  void wait_readable() override;
  void wait_writable() override;
  void shutdown_send() override;
  void close() override;
  [[nodiscard]] std::string peer() const override { return peer_.to_uri(); }

  /// What has become of connect(2).
  [[nodiscard]] std::error_code pending_error();
  /// A TCP socket that was given its own port as destination has connected to itself.
  [[nodiscard]] bool is_connected_to_itself();

 private:
  SocketStream(Loop& loop, const Address& peer) : descriptor_(loop), peer_(peer) {}
  [[nodiscard]] IoResult write(base::ByteView bytes);
  [[nodiscard]] IoResult write_gathered(std::span<const base::ByteView> gather);
  void readable();
  void writable();

  AsioDescriptor descriptor_;
  Address peer_;
  ReadinessObserver* observer_ = nullptr;
  Lifeline<SocketStream> line_{*this};
  bool waits_to_read_ = false;
  bool waits_to_write_ = false;
};

}  // namespace farcall::net
