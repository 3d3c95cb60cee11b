#include "threads.hpp"

#include <algorithm>
#include <semaphore>
#include <thread>
#include <vector>

namespace official {
namespace {

/// What a call needs while it is under way. Lives in its own callback.
template <class Reply>
struct Call {
  grpc::ClientContext context;
  Reply reply;
};

class Caller {
 public:
  Caller(Stub& stub, const Plan& plan, Round& round, int outstanding)
      : stub_(stub), plan_(plan), round_(round), outstanding_(outstanding), permits_(outstanding) {}

  void run() {
    while (const long number = round_.next()) {
      permits_.acquire();
      call(number);
    }
    for (int i = 0; i < outstanding_; ++i) permits_.acquire();
  }

 private:
  void call(long number) {
    auto* methods = stub_.async();
    switch (plan_.options.workload) {
      case bench::Workload::complex:
        return begin<benchmark::ComplexMessage>(number, [&](auto& call, auto end) {
          methods->Complex(&call.context, &plan_.complex, &call.reply, std::move(end));
        });
      case bench::Workload::echo:
        return begin<benchmark::Blob>(number, [&](auto& call, auto end) {
          methods->Echo(&call.context, &plan_.blob, &call.reply, std::move(end));
        });
      default:
        return begin<benchmark::SumReply>(number, [&](auto& call, auto end) {
          methods->GetSum(&call.context, &plan_.sum, &call.reply, std::move(end));
        });
    }
  }

  template <class Reply, class Start>
  void begin(long number, Start start) {
    auto call = std::make_shared<Call<Reply>>();
    if (plan_.options.metadata > 0) plan_.add_metadata(call->context, number);
    start(*call, [this, call](const grpc::Status& status) {
      round_.add(status, right(plan_, call->reply));
      permits_.release();
    });
  }

  Stub& stub_;
  const Plan& plan_;
  Round& round_;
  int outstanding_;
  std::counting_semaphore<> permits_;
};

}  // namespace

std::string call_from_threads(Stub& stub, const Plan& plan, long calls) {
  const int threads = plan.options.threads;
  Round round(calls, threads);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back(
        [&] { Caller(stub, plan, round, std::max(1, plan.options.outstanding / threads)).run(); });
  }
  for (std::thread& thread : running) thread.join();
  return round.failure();
}

}  // namespace official
