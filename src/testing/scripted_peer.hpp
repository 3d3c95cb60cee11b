#pragma once

#include "base/bytes.hpp"
#include "testing/frame_reader.hpp"
#include "testing/frame_script.hpp"
#include "testing/wire.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace farcall::testing {

/// The other end of an engine's connection, as far as the rules go: it reads what the engine writes, keeps
/// books on windows, streams and settings in both directions, and throws ProtocolViolation when the engine
/// does what no peer has to bear, whatever the test at hand looks for. What it says itself comes from
/// scripts.
///
/// A setting is taken to bind the engine from its acknowledgement on, which holds when every script is
/// answered before the next one.
class ScriptedPeer {
 public:
  explicit ScriptedPeer(bool engine_is_client);

  /// Notes what a script grants the engine. Raw bytes of a script are not understood here.
  void says(const FrameScript& script);
  /// Reads what the engine wrote, in any portions; complete frames are appended to `out`.
  void hears(base::ByteView bytes, std::vector<Frame>& out);

  /// What we may still send, by the engine's SETTINGS and WINDOW_UPDATEs.
  [[nodiscard]] std::int64_t connection_credit() const { return our_connection_window_; }
  [[nodiscard]] std::int64_t stream_credit(std::uint32_t stream) const;
  /// The engine's value of a setting, and the RFC's default when it has not said any.
  [[nodiscard]] std::uint32_t engine_setting(Setting id, std::uint32_t otherwise) const;
  [[nodiscard]] bool mid_frame() const { return reader_.pending() > 0; }

 private:
  struct Stream {
    bool headers_seen = false;
    bool ended = false;
    bool reset = false;
    std::int64_t engine_window_delta = 0;
    std::int64_t our_window_delta = 0;
  };
  using Settings = std::vector<std::pair<Setting, std::uint32_t>>;

  void on_frame(const Frame& frame);
  void on_settings(const Frame& frame);
  void on_data(const Frame& frame);
  void on_headers(const Frame& frame);
  void on_window_update(const Frame& frame);
  void on_go_away(const Frame& frame);
  void note(const FrameScript::Piece& piece);
  void apply(const Settings& settings);

  bool engine_is_client_;
  bool first_frame_ = true;
  FrameReader reader_;
  std::map<std::uint32_t, Stream> streams_;
  std::map<Setting, std::uint32_t> engine_settings_;
  /// Settings that we sent and the engine has not acknowledged.
  std::deque<Settings> unacknowledged_;
  std::int64_t engine_initial_window_ = kDefaultWindow;
  std::int64_t engine_connection_window_ = kDefaultWindow;
  std::int64_t our_connection_window_ = kDefaultWindow;
  std::uint32_t go_away_last_ = kMaxWindow;
};

}  // namespace farcall::testing
