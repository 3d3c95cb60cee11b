// Details of errors, to and from the official Python library: details_peer.py is the other side.
//
//   details_peer server            prints "listening on HOST:PORT"; every call of Echo ends with details
//   details_peer client HOST:PORT  0 if the server's error has the details that the Python server gives

#include "google/rpc/error_details.pb.h"
#include "notes.hpp"

#include <farcall/error_details.hpp>

#include <iostream>
#include <string_view>

namespace {

const char* const kText = "no n\xc3\xb6te, 100%";

int serve() {
  google::rpc::BadRequest bad_request;
  bad_request.add_field_violations()->set_field("text");
  messages_test::NotesService service;
  service.refusal = farcall::with_details(farcall::Status::not_found(kText), bad_request,
                                          messages_test::note("from farcall"));
  farcall::Server server("127.0.0.1:0", messages_test::small_server());
  server.add(service);
  return server.run([&] { std::cout << "listening on " << server.addresses().front() << std::endl; });
}

int call(const char* address) {
  farcall::Channel channel(address);
  const farcall::Status status = messages_test::Notes::Client(channel)
                                     .echo(messages_test::note("a"), messages_test::soon())
                                     .get()
                                     .status();
  const auto detail = farcall::detail<messages_test::Note>(status);
  std::cout << status << ", " << farcall::details(status).size() << " details\n";
  const bool as_expected = status.code() == farcall::StatusCode::not_found && status.message() == kText &&
                           detail && detail->text() == "from Python";
  return as_expected ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view part = argc > 1 ? argv[1] : "";
  if (part == "server") return serve();
  if (part == "client" && argc > 2) return call(argv[2]);
  std::cerr << "usage: details_peer server | client HOST:PORT\n";
  return 2;
}
