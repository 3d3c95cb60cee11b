// GetSum on libnghttp2's session API, on epoll, and nothing that the workload does not need: what a server
// costs that leaves HTTP/2 to that library.

#include "peers/floor/wire.hpp"
#include "program/bounds.hpp"
#include "program/client_options.hpp"
#include "program/sockets.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

namespace {

std::array<std::uint8_t, 64 * 1024> input;  // for the one thread

nghttp2_nv field(std::string_view name, std::string_view value) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

/// In use from its request headers until its stream is closed.
struct Call {
  std::string request;
  std::string reply;
  std::size_t sent = 0;
};

/// The calls of a connection.
class Calls {
 public:
  [[nodiscard]] Call* take() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<Call>());
      return all_.back().get();
    }
    Call* call = free_.back();
    free_.pop_back();
    return call;
  }
  void give_back(Call& call) {
    call.request.clear();
    call.reply.clear();
    call.sent = 0;
    free_.push_back(&call);
  }

 private:
  std::vector<std::unique_ptr<Call>> all_;
  std::vector<Call*> free_;
};

/// The part of the reply that fits, and the trailers behind the last.
ssize_t read_reply(nghttp2_session* session, std::int32_t stream, std::uint8_t* into, std::size_t room,
                   std::uint32_t* flags, nghttp2_data_source* source, void*) {
  Call& call = *static_cast<Call*>(source->ptr);
  const std::size_t size = std::min(room, call.reply.size() - call.sent);
  std::memcpy(into, call.reply.data() + call.sent, size);
  call.sent += size;
  if (call.sent < call.reply.size()) return static_cast<ssize_t>(size);
  *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
  const nghttp2_nv trailer = field("grpc-status", "0");
  if (nghttp2_submit_trailer(session, stream, &trailer, 1) != 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
  return static_cast<ssize_t>(size);
}

int answer(nghttp2_session* session, std::int32_t stream, Call& call) {
  const std::string_view request = call.request;
  if (request.size() < floor_peer::kPrefix) return NGHTTP2_ERR_CALLBACK_FAILURE;
  const floor_peer::Numbers numbers =
      floor_peer::parse_numbers({reinterpret_cast<const std::uint8_t*>(request.data()) + floor_peer::kPrefix,
                                 request.size() - floor_peer::kPrefix});
  floor_peer::put_reply_message(call.reply, numbers.field[1] + numbers.field[2]);
  const std::array<nghttp2_nv, 2> headers = {field(":status", "200"),
                                             field("content-type", "application/grpc")};
  nghttp2_data_provider provider{};
  provider.source.ptr = &call;
  provider.read_callback = &read_reply;
  return nghttp2_submit_response(session, stream, headers.data(), headers.size(), &provider);
}

int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* calls) {
  if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  Call* call = static_cast<Calls*>(calls)->take();
  return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, call);
}

int on_data(nghttp2_session* session, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
            std::size_t size, void*) {
  if (auto* call = static_cast<Call*>(nghttp2_session_get_stream_user_data(session, stream)))
    call->request.append(reinterpret_cast<const char*>(data), size);
  return 0;
}

int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void*) {
  if ((frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS) ||
      (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
    return 0;
  }
  auto* call = static_cast<Call*>(nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
  return call == nullptr ? 0 : answer(session, frame->hd.stream_id, *call);
}

int on_close(nghttp2_session* session, std::int32_t stream, std::uint32_t, void* calls) {
  if (auto* call = static_cast<Call*>(nghttp2_session_get_stream_user_data(session, stream)))
    static_cast<Calls*>(calls)->give_back(*call);
  return 0;
}

class Connection {
 public:
  Connection(int epoll, int descriptor, const nghttp2_session_callbacks* callbacks)
      : epoll_(epoll), descriptor_(descriptor) {
    if (nghttp2_session_server_new(&session_, callbacks, &calls_) != 0) floor_peer::surprised("no session");
    const std::array<nghttp2_settings_entry, 1> settings = {
        {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 10'000}}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    bench::watch(epoll_, descriptor_, this);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    nghttp2_session_del(session_);
    ::close(descriptor_);
  }

  /// One read, all frames, one write. False when the client has gone.
  bool turn() {
    const ssize_t got = ::read(descriptor_, input.data(), input.size());
    if (got == 0 || (got < 0 && errno != EAGAIN)) return false;
    if (got > 0 && nghttp2_session_mem_recv(session_, input.data(), static_cast<std::size_t>(got)) < 0)
      return false;
    return flush();
  }

 private:
  bool flush() {
    const std::uint8_t* bytes = nullptr;
    for (ssize_t size = nghttp2_session_mem_send(session_, &bytes); size != 0;
         size = nghttp2_session_mem_send(session_, &bytes)) {
      if (size < 0) return false;
      out_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    while (sent_ < out_.size()) {
      const ssize_t put = ::write(descriptor_, out_.data() + sent_, out_.size() - sent_);
      if (put < 0 && errno != EAGAIN) return false;
      if (put < 0) break;
      sent_ += static_cast<std::size_t>(put);
    }
    const bool waiting = sent_ < out_.size();
    if (waiting != waiting_) bench::watch(epoll_, descriptor_, this, waiting, false);
    waiting_ = waiting;
    if (waiting) return true;
    out_.clear();
    sent_ = 0;
    return true;
  }

  int epoll_;
  int descriptor_;
  nghttp2_session* session_ = nullptr;
  Calls calls_;
  std::string out_;
  std::size_t sent_ = 0;
  bool waiting_ = false;  // to write
};

[[noreturn]] void serve(const std::string& address) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &on_begin_headers);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &on_close);
  const int listener = bench::listen_on(address);
  const int epoll = bench::make_epoll();
  bench::watch(epoll, listener, nullptr);
  std::array<epoll_event, 1024> ready;
  while (true) {
    const int count = ::epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      if (auto* connection = static_cast<Connection*>(ready[static_cast<std::size_t>(i)].data.ptr)) {
        if (!connection->turn()) std::unique_ptr<Connection>(connection).reset();
      } else if (const int descriptor = bench::accept_from(listener); descriptor >= 0) {
        static_cast<void>(std::make_unique<Connection>(epoll, descriptor, callbacks).release());
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string address = "127.0.0.1:9400";
  CLI::App app("GetSum of benchmark.BenchmarkService on libnghttp2");
  app.add_option("--listen", address, "HOST:PORT")->capture_default_str();
  if (const auto status = bench::parse(app, "nghttp2_server", argc, argv)) return *status;
  bench::end_after(bench::kServerSeconds);
  bench::raise_descriptor_limit();
  serve(address);
}
