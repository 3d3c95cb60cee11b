#include "calls.hpp"

#include <utility>

namespace official {
namespace {

class StreamSlot;

// A call that streams, from its begin to OnDone, where it hands over to the slot that owns it.

class Receiving final : public grpc::ClientReadReactor<benchmark::SumReply> {
 public:
  Receiving(const Plan& plan, StreamSlot& slot) : plan_(plan), slot_(slot) {}

  void start(Stub& stub) {
    stub.async()->StreamSum(&context_, &plan_.stream, this);
    StartRead(&reply_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    right_ = right_ && reply_.result() == 5;
    ++received_;
    StartRead(&reply_);
  }
  void OnDone(const grpc::Status& status) override;

 private:
  const Plan& plan_;
  StreamSlot& slot_;
  grpc::ClientContext context_;
  benchmark::SumReply reply_;
  int received_ = 0;
  bool right_ = true;
};

class Sending final : public grpc::ClientWriteReactor<benchmark::SumRequest> {
 public:
  Sending(const Plan& plan, StreamSlot& slot) : plan_(plan), slot_(slot) {}

  void start(Stub& stub) {
    stub.async()->CollectSum(&context_, &reply_, this);
    StartWrite(&plan_.sum);
    StartCall();
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return;
    if (++sent_ < plan_.options.messages) {
      StartWrite(&plan_.sum);
    } else {
      StartWritesDone();
    }
  }
  void OnDone(const grpc::Status& status) override;

 private:
  const Plan& plan_;
  StreamSlot& slot_;
  grpc::ClientContext context_;
  benchmark::SumReply reply_;
  int sent_ = 0;
};

class PingPong final : public grpc::ClientBidiReactor<benchmark::SumRequest, benchmark::SumReply> {
 public:
  PingPong(const Plan& plan, StreamSlot& slot) : plan_(plan), slot_(slot) {}

  void start(Stub& stub) {
    stub.async()->EchoSum(&context_, this);
    StartWrite(&plan_.sum);
    StartCall();
  }
  void OnWriteDone(bool ok) override {
    if (ok) StartRead(&reply_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    right_ = right_ && reply_.result() == 5;
    if (++received_ < plan_.options.messages) {
      StartWrite(&plan_.sum);
    } else {
      StartWritesDone();
    }
  }
  void OnDone(const grpc::Status& status) override;

 private:
  const Plan& plan_;
  StreamSlot& slot_;
  grpc::ClientContext context_;
  benchmark::SumReply reply_;
  int received_ = 0;
  bool right_ = true;
};

class StreamSlot final : public Slot {
 public:
  StreamSlot(Stub& stub, const Plan& plan, Round& round) : stub_(stub), plan_(plan), round_(round) {}

  void next() override {
    if (round_.next() == 0) return round_.slot_is_done();
    // Nothing may follow `start`: the call may have ended, and the next one begun, on another thread.
    switch (plan_.options.workload) {
      case bench::Workload::stream_sum:
        receiving_ = std::make_unique<Receiving>(plan_, *this);
        receiving_->start(stub_);
        return;
      case bench::Workload::collect_sum:
        sending_ = std::make_unique<Sending>(plan_, *this);
        sending_->start(stub_);
        return;
      default:
        ping_pong_ = std::make_unique<PingPong>(plan_, *this);
        ping_pong_->start(stub_);
    }
  }
  /// Ends the life of the call that says so.
  void ended(const grpc::Status& status, bool right) {
    round_.add(status, right);
    next();
  }

 private:
  Stub& stub_;
  const Plan& plan_;
  Round& round_;
  std::unique_ptr<Receiving> receiving_;
  std::unique_ptr<Sending> sending_;
  std::unique_ptr<PingPong> ping_pong_;
};

void Receiving::OnDone(const grpc::Status& status) {
  slot_.ended(grpc::Status(status), right_ && received_ == plan_.options.messages);
}

void Sending::OnDone(const grpc::Status& status) {
  slot_.ended(grpc::Status(status), reply_.result() == 5 * plan_.options.messages);
}

void PingPong::OnDone(const grpc::Status& status) {
  slot_.ended(grpc::Status(status), right_ && received_ == plan_.options.messages);
}

}  // namespace

std::unique_ptr<Slot> make_stream_slot(Stub& stub, const Plan& plan, Round& round) {
  return std::make_unique<StreamSlot>(stub, plan, round);
}

}  // namespace official
