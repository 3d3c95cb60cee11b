#pragma once

#include "notes.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/server.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace messages_test {

[[nodiscard]] Note note(std::string_view text);
/// Of which no two parts are alike, so that each shows where it is.
[[nodiscard]] std::string long_text(std::size_t size);

/// Every method gives back what it is given; `seen` is called for each request first.
class NotesService final : public Notes::Service {
 public:
  farcall::Task<farcall::Result<Note>> echo(farcall::ServerContext& context, const Note& request) override;
  farcall::Task<farcall::Status> repeat(farcall::ServerContext& context, const Note& request,
                                        farcall::ServerWriter<Note>& writer) override;
  farcall::Task<farcall::Result<Note>> join(farcall::ServerContext& context,
                                            farcall::ServerReader<Note>& reader) override;
  farcall::Task<farcall::Status> chat(farcall::ServerContext& context,
                                      farcall::ServerStream<Note, Note>& stream) override;

  std::function<void(const Note&)> seen = [](const Note&) {};
  /// What `echo` ends with, if it is not OK.
  farcall::Status refusal;
};

/// The same with plain functions.
class BlockingNotesService final : public Notes::BlockingService {
 public:
  farcall::Result<Note> echo(farcall::ServerContext& context, const Note& request) override;
  farcall::Status repeat(farcall::ServerContext& context, const Note& request,
                         farcall::BlockingWriter<Note>& writer) override;
  farcall::Result<Note> join(farcall::ServerContext& context, farcall::BlockingReader<Note>& reader) override;
  farcall::Status chat(farcall::ServerContext& context, farcall::BlockingStream<Note, Note>& stream) override;

  std::function<void(const Note&)> seen = [](const Note&) {};
};

/// One loop, two blocking threads.
[[nodiscard]] farcall::ServerOptions small_server();
/// Starts a server on a free port of loopback; returns where it listens. Throws if it cannot.
std::string start(farcall::Server& server);
/// No call of a test may take longer.
[[nodiscard]] farcall::CallOptions soon();

}  // namespace messages_test
