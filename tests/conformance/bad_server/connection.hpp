#pragma once

#include "behaviour.hpp"
#include "testing/frame_script.hpp"
#include "testing/scripted_peer.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace bad_server {

/// One connection of a server that serves grpc.testing.TestService/UnaryCall, apart from what its case
/// spoils. Takes and gives bytes; the socket is somebody else's.
class Connection {
 public:
  Connection(Case which, Findings& findings);

  /// What the client sent. False when the client broke a rule of HTTP/2 and the connection is to be closed.
  [[nodiscard]] bool receive(std::string_view bytes);
  /// What is to be sent; whoever sends takes it away.
  [[nodiscard]] std::string& output() { return output_; }

 private:
  struct Call {
    std::string request;
    std::string response;
    std::size_t sent = 0;
    bool pinged_after_data = false;
    bool over = false;
  };

  void on_frame(const farcall::testing::Frame& frame);
  void on_headers(std::uint32_t stream);
  void on_data(const farcall::testing::Frame& frame);
  void check_stream_limit();
  void ping();
  void send_response(std::uint32_t stream, Call& call);
  void end_response(std::uint32_t stream, Call& call);
  void resume();
  [[nodiscard]] std::size_t chunk_now(std::uint32_t stream, const Call& call) const;
  void say(const farcall::testing::FrameScript& script);

  Case case_;
  Findings& findings_;
  farcall::testing::ScriptedPeer client_;
  std::map<std::uint32_t, Call> calls_;
  std::string output_;
  std::size_t settings_acknowledged_ = 0;
  std::int64_t pings_outstanding_ = 0;
  bool going_away_ = false;
};

}  // namespace bad_server
