#include "train_status.farcall.hpp"

#include <farcall/any.hpp>
#include <farcall/channel.hpp>
#include <farcall/generic.hpp>
#include <farcall/server.hpp>
#include <farcall/sleep.hpp>

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

using namespace std::chrono_literals;

namespace {

// [snippet feature-generic-call-proxy]
class Proxy final : public farcall::GenericService {
  using Bytes = farcall::Buffer;

 public:
  explicit Proxy(farcall::Channel& backend) : backend_(backend) {}

  farcall::Task<farcall::Status> handle(farcall::ServerContext& context,
                                        farcall::ServerStream<Bytes, Bytes>& caller) override {
    farcall::CallOptions options;
    options.parent(context).codec(context.codec());
    pass_metadata(context.metadata(), [&](auto name, auto value) { options.metadata(name, value); });
    auto callee = backend_.bidi_streaming(context.method(), std::move(options));
    co_await farcall::any(pass_replies(callee, context, caller), pass_requests(caller, callee));
    farcall::Status status = co_await callee.finish();
    pass_metadata(callee.trailing_metadata(),
                  [&](auto name, auto value) { context.add_trailing_metadata(name, value); });
    co_return status;
  }

 private:
  /// What peers send is held to HTTP's rules only: what an application may not send is left out, such as what
  /// is gRPC's own, or a text with a tab.
  template <class Add>
  static void pass_metadata(const farcall::Metadata& received, Add add) {
    for (auto [name, value] : received) {
      try {
        add(name, value);
      } catch (const std::invalid_argument&) {
      }
    }
  }
  /// The headers when they come, and replies until there are no more: then the call has ended.
  static farcall::Task<void> pass_replies(farcall::ClientStream<Bytes, Bytes>& callee,
                                          farcall::ServerContext& context,
                                          farcall::ServerStream<Bytes, Bytes>& caller) {
    const farcall::Metadata headers = co_await callee.initial_metadata();
    pass_metadata(headers, [&](auto name, auto value) { context.add_initial_metadata(name, value); });
    if (!headers.empty()) co_await caller.send_initial_metadata();
    while (auto reply = co_await callee.read()) co_await caller.write(*reply);
  }
  /// Until the replies end: whoever has said all may still listen.
  static farcall::Task<void> pass_requests(farcall::ServerStream<Bytes, Bytes>& caller,
                                           farcall::ClientStream<Bytes, Bytes>& callee) {
    while (auto request = co_await caller.read()) co_await callee.write(*request);
    co_await callee.close_send();
    co_await farcall::sleep(std::chrono::hours::max());
  }

  farcall::GenericClient backend_;
};
// [/snippet]

class Office final : public enquiry::TrainStatus::Service {
 public:
  farcall::Task<farcall::Result<enquiry::TrainDetails>> return_train_details(
      farcall::ServerContext& context, const enquiry::TrainNumber& request) override {
    if (request.number().empty()) co_return farcall::Status::invalid_argument("which train?");
    context.add_initial_metadata("x-office", "Hannover");
    context.add_trailing_metadata("x-asked-by", context.metadata().find("x-tenant").value_or("nobody"));
    enquiry::TrainDetails train;
    train.set_number(request.number());
    co_return train;
  }
  farcall::Task<farcall::Status> chat(farcall::ServerContext&,
                                      farcall::ServerStream<enquiry::Note, enquiry::Note>& stream) override {
    while (auto note = co_await stream.read()) {
      if (note->text() == "bye") co_return farcall::Status::aborted("bye");
      co_await stream.write(*note);
    }
    co_return farcall::Status();
  }
};

/// With bytes, by name.
bool ask(farcall::Channel& channel) {
  // [snippet feature-generic-call-client]
  enquiry::TrainNumber request;
  request.set_number("ICE 573");
  farcall::GenericClient by_name(channel);
  farcall::ResponseMetadata metadata;
  farcall::Result<farcall::Buffer> reply =
      by_name
          .unary("/enquiry.TrainStatus/ReturnTrainDetails",
                 farcall::Buffer::copy_of(request.SerializeAsString()),
                 farcall::within(10s).metadata("x-tenant", "north").collect(metadata))
          .get();
  // [/snippet]
  enquiry::TrainDetails train;
  if (!reply.ok() || !train.ParseFromString(std::string(reply->text()))) return false;
  std::cout << train.number() << " by name\n";
  return train.number() == "ICE 573" && metadata.initial.find("x-office") == "Hannover" &&
         metadata.trailing.find("x-asked-by") == "north";
}

/// With the generated client: requests and replies in turns, and an end that the callee decides.
bool talk(farcall::Channel& channel) {
  enquiry::TrainStatus::Client trains(channel);
  auto refused = trains.return_train_details(enquiry::TrainNumber(), farcall::within(10s)).get();
  auto chat = trains.chat(farcall::within(10s));
  enquiry::Note note;
  for (const char* text : {"is it late?", "how late?"}) {
    note.set_text(text);
    static_cast<void>(chat.write(note).get());
    const auto answer = chat.read().get();
    if (!answer || answer->text() != text) return false;
  }
  note.set_text("bye");
  static_cast<void>(chat.write(note).get());
  if (chat.read().get()) return false;
  const farcall::Status status = chat.finish().get();
  std::cout << "through the proxy: " << refused.status() << "; " << status << '\n';
  return refused.status() == farcall::Status::invalid_argument("which train?") &&
         status == farcall::Status::aborted("bye");
}

}  // namespace

int main() {
  Office office;
  farcall::Server backend("127.0.0.1:0");
  backend.add(office);
  if (farcall::Status status = backend.start(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  farcall::Channel to_backend(backend.addresses().front());

  Proxy proxy(to_backend);
  farcall::Server front("127.0.0.1:0");
  front.add_fallback(proxy);
  if (farcall::Status status = front.start(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  farcall::Channel to_front(front.addresses().front());
  return ask(to_front) && talk(to_front) ? 0 : 1;
}
