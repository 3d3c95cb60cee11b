#include "client/dialer.hpp"

#include "client/resolution.hpp"

#include <utility>

namespace farcall::client {

/// The attempt on one address.
class Dialer::Attempt final : private net::ConnectObserver {
 public:
  Attempt(Dialer& dialer, const net::Address& address)
      : dialer_(dialer), connecting_(net::connect(dialer.loop_, address, *this, dialer.options_)) {}

 private:
  void on_connected(std::unique_ptr<net::ByteStream> stream) override {
    dialer_.delay_.cancel();
    dialer_.observer_.on_dialed(std::move(stream));  // ends the dialer and thereby this
  }
  void on_connect_failed(std::string_view reason) override { dialer_.attempt_failed(reason); }

  Dialer& dialer_;
  std::unique_ptr<net::Connecting> connecting_;
};

Dialer::Dialer(net::Loop& loop, const ChannelSetup& setup, const net::ConnectOptions& options,
               DialObserver& observer)
    : loop_(loop), options_(options), observer_(observer) {
  if (setup.resolver) {
    resolving_ = std::make_unique<Resolution>(loop, setup.resolver, setup.name,
                                              static_cast<net::ResolveObserver&>(*this));
  } else if (setup.target.needs_resolving()) {
    resolving_ = net::resolve(loop, setup.target.host, setup.target.port, *this);
  } else {
    addresses_ = setup.target.addresses;
    try_next();
  }
}

Dialer::~Dialer() = default;

void Dialer::on_resolved(std::vector<net::Address> addresses) {
  addresses_ = std::move(addresses);
  try_next();
}

void Dialer::on_resolve_failed(std::string_view reason) {
  observer_.on_dial_failed(std::string(reason));
}

void Dialer::on_delay(base::TimePoint) {
  try_next();
}

void Dialer::try_next() {
  const net::Address& address = addresses_[next_address_++];
  attempts_.push_back(std::make_unique<Attempt>(*this, address));
  if (next_address_ < addresses_.size()) {
    loop_.timers().schedule(delay_, loop_.now() + kAttemptDelay);
  } else {
    delay_.cancel();  // an attempt that failed early came before it
  }
}

void Dialer::attempt_failed(std::string_view reason) {
  if (!reasons_.empty()) reasons_ += "; ";
  reasons_ += reason;
  ++failed_;
  if (next_address_ < addresses_.size()) {
    try_next();
  } else if (failed_ == addresses_.size()) {
    observer_.on_dial_failed(std::move(reasons_));
  }
}

}  // namespace farcall::client
