#pragma once

#include <cstdint>
#include <string>

struct sockaddr_in;

namespace bench {

/// Plain sockets for the programs that do without a library. What does not work ends the process with one
/// line.

/// From "127.0.0.1:9100": no names, IPv4 alone.
[[nodiscard]] sockaddr_in ipv4_address(const std::string& address);

/// Listens there and prints "listening on HOST:PORT". Does not block.
[[nodiscard]] int listen_on(const std::string& address);

/// The next client's socket, which does not block; -1: there is none.
[[nodiscard]] int accept_from(int listener);

/// Waits until connected; the socket may block.
[[nodiscard]] int connect_to(const std::string& address);

void do_not_block(int descriptor);

[[nodiscard]] int make_epoll();
/// Tells epoll_wait of what `descriptor` can read (and `writable`: write) from now on. `first`: it was not
/// watched before.
void watch(int epoll, int descriptor, void* who, bool writable = false, bool first = true);

/// Lets the process have as many descriptors as the system allows it.
void raise_descriptor_limit();

}  // namespace bench
