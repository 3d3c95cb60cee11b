#include "client/calls.hpp"

namespace bench {
namespace {

farcall::Task<void> get_sum(Client& client, const Plan& plan, Round& round) {
  while (round.next() > 0) {
    const farcall::Result<benchmark::SumReply> reply = co_await client.get_sum(plan.sum());
    round.add(plan.check(reply));
  }
}

farcall::Task<void> get_sum_with_metadata(Client& client, const Plan& plan, Round& round) {
  while (const long number = round.next()) {
    farcall::ResponseMetadata returned;
    farcall::CallOptions options = plan.options(number);
    options.collect(returned);
    auto call = client.get_sum(plan.sum(), std::move(options));
    const farcall::Result<benchmark::SumReply> reply = co_await std::move(call);
    round.add(plan.check(reply));
    if (reply.ok()) round.add(plan.check(returned.initial));
  }
}

farcall::Task<void> complex(Client& client, const Plan& plan, Round& round) {
  while (round.next() > 0) {
    const farcall::Result<benchmark::ComplexMessage> reply = co_await client.complex(plan.complex());
    round.add(plan.check(reply));
  }
}

farcall::Task<void> echo(Client& client, const Plan& plan, Round& round) {
  while (round.next() > 0) {
    const farcall::Result<benchmark::Blob> reply = co_await client.echo(plan.blob());
    round.add(plan.check(reply));
  }
}

farcall::Status miscounted(int messages) {
  return farcall::Status::data_loss("the stream ended after " + std::to_string(messages) + " messages");
}

farcall::Task<void> stream_sum(Client& client, const Plan& plan, Round& round) {
  while (round.next() > 0) {
    auto stream = client.stream_sum(plan.stream());
    int messages = 0;
    while (std::optional<benchmark::SumReply> reply = co_await stream.read()) {
      ++messages;
      if (reply->result() != Plan::kA + Plan::kB) round.add(plan.check(std::move(*reply)));
    }
    const farcall::Status status = co_await stream.finish();
    round.add(status);
    if (messages != plan.messages()) round.add(miscounted(messages));
  }
}

farcall::Task<void> collect_sum(Client& client, const Plan& plan, Round& round) {
  while (round.next() > 0) {
    auto stream = client.collect_sum();
    bool open = true;
    for (int i = 0; i < plan.messages() && open; ++i)
      open = co_await stream.write(plan.sum()) == farcall::WriteResult::accepted;
    const farcall::Result<benchmark::SumReply> reply = co_await stream.finish();
    round.add(plan.check_total(reply));
  }
}

farcall::Task<void> echo_sum(Client& client, const Plan& plan, Round& round) {
  while (round.next() > 0) {
    auto stream = client.echo_sum();
    int messages = 0;
    for (bool open = true; open && messages < plan.messages();) {
      open = co_await stream.write(plan.sum()) == farcall::WriteResult::accepted;
      if (!open) break;
      std::optional<benchmark::SumReply> reply = co_await stream.read();
      open = reply.has_value();
      if (!open) break;
      ++messages;
      if (reply->result() != Plan::kA + Plan::kB) round.add(plan.check(std::move(*reply)));
    }
    const farcall::Status status = co_await stream.finish();
    round.add(status);
    if (messages != plan.messages()) round.add(miscounted(messages));
  }
}

}  // namespace

CallAgain call_again(const ClientOptions& options) {
  switch (options.workload) {
    case Workload::get_sum:
      return options.metadata > 0 ? &get_sum_with_metadata : &get_sum;
    case Workload::complex:
      return &complex;
    case Workload::stream_sum:
      return &stream_sum;
    case Workload::collect_sum:
      return &collect_sum;
    case Workload::echo_sum:
      return &echo_sum;
    case Workload::echo:
      break;
  }
  return &echo;
}

}  // namespace bench
