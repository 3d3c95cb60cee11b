#include "notes.hpp"

#include <chrono>
#include <stdexcept>

namespace messages_test {

using farcall::Result;
using farcall::Status;
using farcall::Task;

Note note(std::string_view text) {
  Note made;
  made.set_text(std::string(text));
  return made;
}

std::string long_text(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

Task<Result<Note>> NotesService::echo(farcall::ServerContext&, const Note& request) {
  seen(request);
  if (!refusal.ok()) co_return refusal;
  co_return request;
}

Task<Status> NotesService::repeat(farcall::ServerContext&, const Note& request,
                                  farcall::ServerWriter<Note>& writer) {
  seen(request);
  for (int i = 0; i < 3; ++i) co_await writer.write(request);
  co_return Status();
}

Task<Result<Note>> NotesService::join(farcall::ServerContext&, farcall::ServerReader<Note>& reader) {
  Note all;
  while (auto request = co_await reader.read()) {
    seen(*request);
    *all.mutable_text() += request->text();
  }
  if (co_await reader.read()) all.set_text("there was something behind the end");
  co_return all;
}

Task<Status> NotesService::chat(farcall::ServerContext&, farcall::ServerStream<Note, Note>& stream) {
  while (auto request = co_await stream.read()) {
    seen(*request);
    co_await stream.write(*request);
  }
  co_return Status();
}

Result<Note> BlockingNotesService::echo(farcall::ServerContext&, const Note& request) {
  seen(request);
  return request;
}

Status BlockingNotesService::repeat(farcall::ServerContext&, const Note& request,
                                    farcall::BlockingWriter<Note>& writer) {
  seen(request);
  for (int i = 0; i < 3; ++i) writer.write(request);
  return Status();
}

Result<Note> BlockingNotesService::join(farcall::ServerContext&, farcall::BlockingReader<Note>& reader) {
  Note all;
  while (auto request = reader.read()) *all.mutable_text() += request->text();
  return all;
}

Status BlockingNotesService::chat(farcall::ServerContext&, farcall::BlockingStream<Note, Note>& stream) {
  while (auto request = stream.read()) stream.write(*request);
  return Status();
}

farcall::ServerOptions small_server() {
  farcall::ServerOptions options;
  options.loops = 1;
  options.blocking_threads = 2;
  return options;
}

std::string start(farcall::Server& server) {
  server.listen("127.0.0.1:0");
  if (const Status started = server.start(); !started.ok())
    throw std::runtime_error(farcall::to_string(started));
  return server.addresses().front();
}

farcall::CallOptions soon() {
  return farcall::within(std::chrono::seconds(30));
}

}  // namespace messages_test
