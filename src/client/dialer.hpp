#pragma once

#include "base/time.hpp"
#include "base/timer_wheel.hpp"
#include "client/channel_setup.hpp"
#include "net/address.hpp"
#include "net/byte_stream.hpp"
#include "net/connector.hpp"
#include "net/loop.hpp"
#include "net/resolver.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::client {

/// Hears the outcome of a Dialer, once, and may destroy it in the call.
class DialObserver {
 public:
  virtual void on_dialed(std::unique_ptr<net::ByteStream> stream) = 0;
  /// One line.
  virtual void on_dial_failed(std::string reason) = 0;

 protected:
  ~DialObserver() = default;
};

/// One attempt to reach a target: resolves its name, then tries its addresses in order, the next as soon as
/// one has failed or has kept us waiting for kAttemptDelay, until the first that answers (Happy Eyeballs,
/// gRFC A61). On the loop's thread; destroying it ends the attempt.
class Dialer final : private net::ResolveObserver {
 public:
  static constexpr base::Duration kAttemptDelay = std::chrono::milliseconds(250);

  /// The setup and the observer must outlive this. The observer is never called from inside.
  Dialer(net::Loop& loop, const ChannelSetup& setup, const net::ConnectOptions& options,
         DialObserver& observer);
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;
  ~Dialer();

  /// No address is known yet.
  [[nodiscard]] bool resolving() const { return addresses_.empty(); }

 private:
  class Attempt;

  void on_resolved(std::vector<net::Address> addresses) override;
  void on_resolve_failed(std::string_view reason) override;
  void on_delay(base::TimePoint now);
  void try_next();
  void attempt_failed(std::string_view reason);

  net::Loop& loop_;
  net::ConnectOptions options_;
  DialObserver& observer_;
  std::unique_ptr<net::Resolving> resolving_;
  std::vector<net::Address> addresses_;
  std::size_t next_address_ = 0;
  std::size_t failed_ = 0;
  std::vector<std::unique_ptr<Attempt>> attempts_;
  /// What went wrong with each address so far.
  std::string reasons_;
  base::TimerOf<Dialer, &Dialer::on_delay> delay_{*this};
};

}  // namespace farcall::client
