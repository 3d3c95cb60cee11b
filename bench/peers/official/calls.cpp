#include "calls.hpp"

#include "program/complex_message.hpp"
#include "program/metadata_entries.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace official {
namespace {

/// `Start` begins a call: stub, context, reply, what to call at its end.
template <class Reply, class Start>
class UnarySlot final : public Slot {
 public:
  UnarySlot(const Plan& plan, Round& round, Start start) : plan_(plan), round_(round), start_(start) {}

  void next() override {
    const long number = round_.next();
    if (number == 0) return round_.slot_is_done();
    context_.emplace();
    if (plan_.options.metadata > 0) plan_.add_metadata(*context_, number);
    start_(&*context_, &reply_, [this](const grpc::Status& status) {
      const bool metadata = plan_.options.metadata == 0 || !status.ok() || plan_.returned(*context_);
      round_.add(status, right(plan_, reply_) && metadata);
      next();
    });
  }

 private:
  const Plan& plan_;
  Round& round_;
  Start start_;
  Reply reply_;
  std::optional<grpc::ClientContext> context_;
};

template <class Reply, class Start>
std::unique_ptr<Slot> make(const Plan& plan, Round& round, Start start) {
  return std::make_unique<UnarySlot<Reply, Start>>(plan, round, start);
}

}  // namespace

bool right(const Plan&, const benchmark::SumReply& reply) {
  return reply.result() == 5;
}
bool right(const Plan& plan, const benchmark::ComplexMessage& reply) {
  return reply.train() == plan.complex.train() && reply.carriages_size() == plan.complex.carriages_size();
}
bool right(const Plan& plan, const benchmark::Blob& reply) {
  return reply.data().size() == plan.blob.data().size() && reply.data().back() == 'x';
}

Plan::Plan(const bench::ClientOptions& given) : options(given) {
  sum.set_a(2);
  sum.set_b(3);
  sum.set_return_metadata(options.metadata > 0);
  stream.set_a(2);
  stream.set_b(3);
  stream.set_count(options.messages);
  if (!complex.ParseFromString(bench::ComplexMessageBytes::make()))
    throw std::logic_error("no ComplexMessage");
  blob.set_data(std::string(options.size, 'x'));
}

void Plan::add_metadata(grpc::ClientContext& context, long call) const {
  for (int entry = 0; entry < options.metadata; ++entry)
    context.AddMetadata(bench::metadata_name(entry),
                        bench::metadata_value(entry, static_cast<unsigned long>(call)));
}

bool Plan::returned(const grpc::ClientContext& context) const {
  const auto& entries = context.GetServerInitialMetadata();
  return options.metadata == std::count_if(entries.begin(), entries.end(), [](const auto& entry) {
           return std::string_view(entry.first.data(), entry.first.size())
               .starts_with(bench::kMetadataPrefix);
         });
}

void Round::add(const grpc::Status& status, bool right) {
  if (status.ok() && right) return;
  const std::scoped_lock lock(mutex_);
  if (failure_.empty())
    failure_ =
        status.ok() ? "a wrong answer" : std::to_string(status.error_code()) + " " + status.error_message();
  failed_ = true;
}

std::string Round::failure() {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

std::unique_ptr<Slot> make_unary_slot(Stub& stub, const Plan& plan, Round& round) {
  switch (plan.options.workload) {
    case bench::Workload::complex:
      return make<benchmark::ComplexMessage>(plan, round, [&](auto* context, auto* reply, auto end) {
        stub.async()->Complex(context, &plan.complex, reply, std::move(end));
      });
    case bench::Workload::echo:
      return make<benchmark::Blob>(plan, round, [&](auto* context, auto* reply, auto end) {
        stub.async()->Echo(context, &plan.blob, reply, std::move(end));
      });
    default:
      return make<benchmark::SumReply>(plan, round, [&](auto* context, auto* reply, auto end) {
        stub.async()->GetSum(context, &plan.sum, reply, std::move(end));
      });
  }
}

}  // namespace official
