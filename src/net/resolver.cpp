#include "net/resolver.hpp"

#include "net/asio_loop.hpp"
#include "net/lifeline.hpp"
#include "net/socket_address.hpp"

#include <asio/ip/basic_resolver.hpp>
#include <asio/ip/tcp.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace farcall::net {
namespace {

using AsioResolver = asio::ip::basic_resolver<asio::ip::tcp, asio::io_context::executor_type>;

Address to_address(const asio::ip::tcp::endpoint& endpoint) {
  const asio::ip::address& address = endpoint.address();
  if (address.is_v4()) return Address::ipv4(address.to_v4().to_bytes(), endpoint.port());
  return Address::ipv6(address.to_v6().to_bytes(), endpoint.port(),
                       static_cast<std::uint32_t>(address.to_v6().scope_id()));
}

/// A host that is an address already: heard of in a later turn all the same, so that callers have one case.
class NumericResolving final : public Resolving {
 public:
  NumericResolving(Loop& loop, const Address& address, ResolveObserver& observer)
      : address_(address), observer_(observer) {
    loop.post([end = line_.end()] {
      if (NumericResolving* self = end.target()) self->observer_.on_resolved({self->address_});
    });
  }

 private:
  Address address_;
  ResolveObserver& observer_;
  Lifeline<NumericResolving> line_{*this};
};

class NameResolving final : public Resolving {
 public:
  NameResolving(Loop& loop, const std::string& host, std::uint16_t port, ResolveObserver& observer)
      : host_(host), observer_(observer), resolver_(LoopAccess::io(loop)) {
    resolver_.async_resolve(
        host, std::to_string(port), asio::ip::resolver_base::numeric_service,
        [turns = Turns(loop), end = line_.end()](const asio::error_code& error,
                                                 const AsioResolver::results_type& results) mutable {
          turns.take_for(end, [&](NameResolving& self) { self.conclude(error, results); });
        });
  }

 private:
  void conclude(const asio::error_code& error, const AsioResolver::results_type& results) {
    std::vector<Address> addresses;
    for (const auto& entry : results) {
      Address address = to_address(entry.endpoint());
      if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
        addresses.push_back(std::move(address));
      }
    }
    if (!addresses.empty()) return observer_.on_resolved(std::move(addresses));
    const std::string reason = error ? error.message() : "the name has no address";
    observer_.on_resolve_failed("cannot resolve '" + host_ + "': " + reason);
  }

  std::string host_;
  ResolveObserver& observer_;
  AsioResolver resolver_;
  Lifeline<NameResolving> line_{*this};
};

}  // namespace

std::unique_ptr<Resolving> resolve(Loop& loop, const std::string& host, std::uint16_t port,
                                   ResolveObserver& observer) {
  if (std::optional<Address> address = parse_numeric_host(host, port)) {
    return std::make_unique<NumericResolving>(loop, *address, observer);
  }
  return std::make_unique<NameResolving>(loop, host, port, observer);
}

}  // namespace farcall::net
