#pragma once

#include "speech_service.hpp"

#include <farcall/server.hpp>
#include <farcall/status.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace farcall::behaviours {

/// A Server with a SpeechService on a loopback port, or on the address given; shut down at the end.
class LiveServer {
 public:
  explicit LiveServer(ServerOptions options = ServerOptions(), std::string address = "127.0.0.1:0")
      : server_(std::move(address), on_one_loop(std::move(options))) {
    server_.add(service_);
    if (const Status started = server_.start(); !started.ok()) throw std::runtime_error(to_string(started));
  }

  [[nodiscard]] std::string target() const { return server_.addresses().front(); }
  [[nodiscard]] Server& server() { return server_; }

 private:
  static ServerOptions on_one_loop(ServerOptions options) {
    if (options.loops == 0) options.loops = 1;
    return options;
  }

  SpeechService service_;
  Server server_;
};

}  // namespace farcall::behaviours
