#pragma once

#include "net/loop.hpp"

#include <farcall/buffer.hpp>
#include <farcall/codegen/server_call.hpp>
#include <farcall/pool.hpp>

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace farcall::server {

class Call;

/// Where the blocking handler of a call, on its pool thread, meets the call on its loop: it posts what it
/// wants, and waits here. Belongs to the call, which outlives the handler and all that the handler has posted
/// (the news of its end is posted last).
class BlockingPort final : public codegen::PoolTask,
                           private codegen::ReadWaiter,
                           private codegen::WriteWaiter {
 public:
  BlockingPort(Call& call, net::Loop& loop, std::size_t send_budget)
      : call_(call), loop_(loop), send_budget_(send_budget) {}

  // On the loop's thread.
  /// For a new handler, which is part of `work`.
  void open(codegen::PoolWork& work);
  /// Wakes the handler, for good.
  void cancel();

  // On the handler's thread.
  void execute() noexcept override;
  [[nodiscard]] codegen::ReadOutcome read(Buffer& message);
  [[nodiscard]] bool write(Buffer reply);
  [[nodiscard]] bool send_initial_metadata();
  void fail(Status status);

 private:
  enum class Answer : unsigned char { none, message, end };

  // On the loop's thread.
  void begin_read();
  void send(Buffer reply);
  void on_message(std::span<const std::byte> message) override;
  void on_end() override;
  void on_writable() override;
  void answer_read(Answer answer, Buffer message);
  void credit(std::size_t bytes);

  Call& call_;
  net::Loop& loop_;
  const std::size_t send_budget_;
  codegen::PoolWork* work_ = nullptr;
  /// On the loop: sent while there was no room.
  std::size_t waiting_for_room_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_;
  // Behind the mutex:
  bool cancelled_ = false;
  Answer answer_ = Answer::none;
  Buffer message_;
  /// Handed over by the handler, and not yet accepted by the connection.
  std::size_t in_flight_ = 0;
};

}  // namespace farcall::server
