#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>

namespace farcall::net {

enum class IoOutcome : std::uint8_t {
  done,         ///< At least one byte was moved, maybe fewer than asked for.
  would_block,  ///< Nothing was moved: wait.
  end,          ///< Reading only: the peer has ended its side in order.
  failed,       ///< The transport is broken; `error` says how. Nothing more will move.
};

struct IoResult {
  IoOutcome outcome = IoOutcome::done;
  std::size_t bytes = 0;
  std::error_code error;  ///< with `failed`
};

/// Told that a wait is over, on the loop's thread and never from inside `wait_readable` or `wait_writable`.
/// Readable also means: ended or failed; writable also means: failed.
class ReadinessObserver {
 public:
  virtual void on_readable() = 0;
  virtual void on_writable() = 0;

 protected:
  ~ReadinessObserver() = default;
};

/// A connected, non-blocking, reliable byte stream: a TCP or Unix socket, TLS over one, or memory in tests.
/// Used on one loop's thread, on which it must also be destroyed.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  /// Closes.
  virtual ~ByteStream() = default;

  /// Who hears of readiness. To be called before the first wait; the observer outlives the stream, or is
  /// replaced.
  virtual void set_observer(ReadinessObserver& observer) = 0;
  /// `into` must not be empty.
  [[nodiscard]] virtual IoResult read(std::span<std::byte> into) = 0;
  /// Writes from the beginning of `gather`, in order, as much as the transport takes.
  [[nodiscard]] virtual IoResult write(std::span<const base::ByteView> gather) = 0;
  /// One wait of each kind at a time; asking again while one is pending is a no-op.
  virtual void wait_readable() = 0;
  virtual void wait_writable() = 0;
  /// Our side is done; the peer sees the end after what was written.
  virtual void shutdown_send() = 0;
  /// Ends both directions at once and cancels waits: no observer call follows. Idempotent. May be called from
  /// inside an observer call, as may the destructor.
  virtual void close() = 0;
  /// The peer's address as gRPC prints it: "ipv4:127.0.0.1:5000", "ipv6:[::1]:5000", "unix:/path",
  /// "unix-abstract:name", "unix:".
  [[nodiscard]] virtual std::string peer() const = 0;
};

}  // namespace farcall::net
