#pragma once

#include <farcall/codegen/service.hpp>

#include <google/protobuf/wrappers.pb.h>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::server::tests {

using Text = google::protobuf::StringValue;

[[nodiscard]] Text text(std::string_view value);

/// A place where coroutines wait, as at any suspension point of farcall, until the test opens it. One waiter.
class Gate {
 public:
  class Awaiter : private SuspensionPoint {
   public:
    explicit Awaiter(Gate& gate) : gate_(gate) {}
    ~Awaiter() {
      if (gate_.waiter_ == this) gate_.waiter_ = nullptr;
    }
    bool await_ready() const { return gate_.open_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> waiting) {
      gate_.waiter_ = this;
      park(waiting);
    }
    void await_resume() const {}

   private:
    friend class Gate;
    Gate& gate_;
  };

  [[nodiscard]] Awaiter pass() { return Awaiter(*this); }
  [[nodiscard]] bool has_waiter() const { return waiter_ != nullptr; }
  void open() {
    open_ = true;
    if (waiter_ != nullptr) std::exchange(waiter_, nullptr)->resume();
  }

 private:
  Awaiter* waiter_ = nullptr;
  bool open_ = false;
};

/// The same, but nothing that farcall knows: a coroutine that waits here cannot be unwound.
class ForeignGate {
 public:
  struct Awaiter {
    ForeignGate& gate;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) { gate.waiting_.push_back(waiting); }
    void await_resume() const {}
  };

  [[nodiscard]] Awaiter pass() { return Awaiter{*this}; }
  [[nodiscard]] std::size_t waiters() const { return waiting_.size(); }
  void let_one_pass() {
    std::coroutine_handle<> waiting = waiting_.front();
    waiting_.erase(waiting_.begin());
    waiting.resume();
  }

 private:
  std::vector<std::coroutine_handle<>> waiting_;
};

/// How often handlers began, and how often what lives in them was destroyed.
struct Lives {
  std::atomic<std::size_t> begun{0};
  std::atomic<std::size_t> ended{0};
};

class Alive {
 public:
  explicit Alive(Lives& lives) : lives_(lives) { ++lives_.begun; }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  ~Alive() { ++lives_.ended; }

 private:
  Lives& lives_;
};

/// Methods that each do one thing a test wants, on StringValue.
class TestService : public codegen::ServiceBase {
 public:
  // Unary.
  virtual Task<Result<Text>> echo(ServerContext& context, const Text& request);
  virtual Task<Result<Text>> refuse(ServerContext& context, const Text& request);
  virtual Task<Result<Text>> explode(ServerContext& context, const Text& request);
  virtual Task<Result<Text>> wait(ServerContext& context, const Text& request);
  virtual Task<Result<Text>> wait_deep(ServerContext& context, const Text& request);
  virtual Task<Result<Text>> wait_foreign(ServerContext& context, const Text& request);
  virtual Task<Result<Text>> describe(ServerContext& context, const Text& request);
  // Streams.
  virtual Task<Status> count(ServerContext& context, const Text& request, ServerWriter<Text>& replies);
  virtual Task<Status> flood(ServerContext& context, const Text& request, ServerWriter<Text>& replies);
  virtual Task<Result<Text>> join(ServerContext& context, ServerReader<Text>& requests);
  virtual Task<Result<Text>> early(ServerContext& context, ServerReader<Text>& requests);
  virtual Task<Result<Text>> slow_reader(ServerContext& context, ServerReader<Text>& requests);
  virtual Task<Result<Text>> impatient(ServerContext& context, ServerReader<Text>& requests);
  virtual Task<Result<Text>> read_foreign(ServerContext& context, ServerReader<Text>& requests);
  virtual Task<Status> chat(ServerContext& context, ServerStream<Text, Text>& stream);
  virtual Task<Status> listen(ServerContext& context, ServerStream<Text, Text>& stream);
  virtual Task<Status> greet(ServerContext& context, ServerStream<Text, Text>& stream);

  [[nodiscard]] std::string_view service_name() const override { return "test.Coroutines"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override;

  Lives lives;
  Gate gate;
  ForeignGate foreign;
  std::size_t cancel_callbacks = 0;
  std::stop_token stop_token;
  std::size_t written = 0;

 private:
  Task<void> deeper(std::size_t depth);
};

}  // namespace farcall::server::tests
