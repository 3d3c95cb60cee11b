#pragma once

#include <cstddef>
#include <cstring>

namespace farcall::codegen {

/// Memory behind what a stream has yet to send, lent to the one who writes to that stream: small messages are
/// serialized where they leave from, and the connection hears of all of them at once. It is taken back as
/// soon as the connection is used for anything else.
///
/// One message at a time may lie there that is not sent yet. If the room goes before it is, the message is
/// moved to its `refuge`, which also tells whose it is, and which lives until `send` or `forget`. Used on the
/// thread of the connection's loop.
class SendRoom {
 public:
  SendRoom() = default;
  SendRoom(const SendRoom&) = delete;
  SendRoom& operator=(const SendRoom&) = delete;

  // For who writes.
  /// Where to write a message of `size` bytes: here, if there is room and no other is waiting, or else
  /// at `refuge`, which has room for it.
  [[nodiscard]] std::byte* place(std::size_t size, std::byte* refuge) {
    if (refuge_ != nullptr || size > static_cast<std::size_t>(end_ - at_)) return refuge;
    refuge_ = refuge;
    waiting_ = size;
    return at_;
  }
  /// Sends the message. False if it lies at `refuge`.
  [[nodiscard]] bool send(const std::byte* refuge) {
    if (refuge_ != refuge) return false;
    refuge_ = nullptr;
    at_ += waiting_;
    return true;
  }
  /// The message will not be sent.
  void forget(const std::byte* refuge) {
    if (refuge_ == refuge) refuge_ = nullptr;
  }

  // For who lends.
  /// `holder` points here until `take_back`.
  void lend(std::byte* begin, std::size_t size, SendRoom*& holder) {
    begin_ = at_ = begin;
    end_ = begin + size;
    holder_ = &holder;
    holder = this;
  }
  /// Once for each `lend`. How many bytes were sent.
  std::size_t take_back() {
    if (refuge_ != nullptr) std::memcpy(refuge_, at_, waiting_);
    refuge_ = nullptr;
    *holder_ = nullptr;
    holder_ = nullptr;
    return static_cast<std::size_t>(at_ - begin_);
  }

 private:
  std::byte* begin_ = nullptr;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  std::byte* refuge_ = nullptr;  // of the message that is not sent yet; null: there is none
  std::size_t waiting_ = 0;      // its size
  SendRoom** holder_ = nullptr;
};

}  // namespace farcall::codegen
