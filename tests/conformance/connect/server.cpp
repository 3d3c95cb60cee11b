// The server that the Connect conformance suite tests: reads on its standard input what it has to support,
// listens, writes where, and serves until SIGTERM.

#include "connectrpc/conformance/v1/server_compat.pb.h"
#include "framing.hpp"
#include "service.hpp"

#include <farcall/server.hpp>

#include <cstdio>
#include <exception>
#include <string>

namespace {

int serve() {
  connectrpc::conformance::v1::ServerCompatRequest request;
  if (!conformance::read_message(stdin, request)) {
    std::fprintf(stderr, "connect_conformance_server: the input is empty; the suite starts this program\n");
    return 2;
  }
  if (request.use_tls()) {
    std::fprintf(stderr, "connect_conformance_server: this build has no TLS\n");
    return 2;
  }
  farcall::ServerOptions options;
  if (request.message_receive_limit() > 0) options.max_receive_message_size = request.message_receive_limit();
  conformance::Service service;
  farcall::Server server("127.0.0.1:0", options);
  server.add(service);
  return server.run([&] {
    const std::string address = server.addresses().front();
    const std::size_t colon = address.rfind(':');
    connectrpc::conformance::v1::ServerCompatResponse response;
    response.set_host(address.substr(0, colon));
    response.set_port(static_cast<std::uint32_t>(std::stoul(address.substr(colon + 1))));
    conformance::write_message(stdout, response);
  });
}

}  // namespace

int main() {
  try {
    return serve();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "connect_conformance_server: %s\n", error.what());
    return 1;
  }
}
