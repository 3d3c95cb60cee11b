// Our engine and libnghttp2's: neither may find fault with the other. RFC 9113 as somebody else has read it.

#include "testing/dialogue.hpp"
#include "testing/fragmenter.hpp"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace farcall::http2 {
namespace {

using farcall::testing::Fragmenter;
using farcall::testing::header_map;

char byte_at(std::uint32_t stream, std::size_t offset) {
  return static_cast<char>(offset * 31 + stream * 7);
}

std::string body(std::uint32_t stream, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = byte_at(stream, i);
  return out;
}

/// One side played by libnghttp2: a client that sends a body and reads one, or a server that echoes.
class Stranger {
 public:
  Stranger(Role role, std::uint32_t window) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session* session = nullptr;
    if (role == Role::client) {
      nghttp2_session_client_new(&session, callbacks, this);
    } else {
      nghttp2_session_server_new(&session, callbacks, this);
    }
    nghttp2_session_callbacks_del(callbacks);
    session_.reset(session);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
                                               {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100}};
    nghttp2_submit_settings(session, 0, settings, std::size(settings));
  }

  void request(std::size_t size) {
    std::array fields = {field(":method", "POST"), field(":scheme", "http"), field(":authority", "a"),
                         field(":path", "/s/M"), field("x-custom", "a value that is worth an entry")};
    nghttp2_data_provider body_provider{{.ptr = this}, read_body};
    std::int32_t id = nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(),
                                             &body_provider, nullptr);
    if (id < 0) throw std::runtime_error("nghttp2_submit_request");
    outgoing_[id] = {body(static_cast<std::uint32_t>(id), size), 0};
  }

  void receive(base::ByteView bytes) {
    auto used = nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                         bytes.size());
    if (used != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("nghttp2 refuses what it was sent");
    if (!complaint.empty()) throw std::runtime_error(complaint);
  }

  std::string output() {
    std::string out;
    const std::uint8_t* data = nullptr;
    for (ssize_t n = 0; (n = nghttp2_session_mem_send(session_.get(), &data)) > 0;) {
      out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(n));
    }
    return out;
  }

  std::map<std::int32_t, std::string> received;
  std::map<std::int32_t, std::string> fields_received;
  std::size_t closed = 0;
  std::string complaint;

 private:
  struct Outgoing {
    std::string bytes;
    std::size_t sent = 0;
  };

  static nghttp2_nv field(std::string_view name, std::string_view value) {
    auto* n = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
    auto* v = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
    return {n, v, name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }

  static Stranger& self(void* user) { return *static_cast<Stranger*>(user); }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                     std::size_t size, void* user) {
    self(user).received[id].append(reinterpret_cast<const char*>(data), size);
    return 0;
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                       void* user) {
    std::string& fields = self(user).fields_received[frame->hd.stream_id];
    fields.append(reinterpret_cast<const char*>(name), name_size) += '=';
    fields.append(reinterpret_cast<const char*>(value), value_size) += ';';
    return 0;
  }
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Stranger& me = self(user);
    if (frame->hd.type == NGHTTP2_RST_STREAM) me.complaint = "nghttp2 was sent RST_STREAM";
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != 0)
      me.complaint = "nghttp2 was sent GOAWAY";
    bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    bool message = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (message && end && nghttp2_session_get_stream_user_data(session, frame->hd.stream_id) == nullptr &&
        nghttp2_session_check_server_session(session) != 0) {
      me.answer(frame->hd.stream_id);
    }
    return 0;
  }
  static int on_invalid(nghttp2_session*, const nghttp2_frame*, int code, void* user) {
    self(user).complaint = std::string("nghttp2 finds a frame invalid: ") + nghttp2_strerror(code);
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t, std::uint32_t code, void* user) {
    if (code != 0) self(user).complaint = "a stream of nghttp2 ended with " + std::to_string(code);
    ++self(user).closed;
    return 0;
  }
  static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t* out, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source* source, void*) {
    Outgoing& outgoing = self(source->ptr).outgoing_[id];
    std::size_t part = std::min(size, outgoing.bytes.size() - outgoing.sent);
    std::copy_n(outgoing.bytes.begin() + static_cast<std::ptrdiff_t>(outgoing.sent), part,
                reinterpret_cast<char*>(out));
    outgoing.sent += part;
    if (outgoing.sent == outgoing.bytes.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(part);
  }

  void answer(std::int32_t id) {
    outgoing_[id] = {received[id], 0};
    std::array fields = {field(":status", "200"), field("x-custom", "a value that is worth an entry")};
    nghttp2_data_provider provider{{.ptr = this}, read_body};
    nghttp2_submit_response(session_.get(), id, fields.data(), fields.size(), &provider);
  }

  struct Delete {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };
  std::unique_ptr<nghttp2_session, Delete> session_;
  std::map<std::int32_t, Outgoing> outgoing_;
};

/// Carries bytes between the two until nobody has anything to say.
template <class OnEvent>
void converse(Connection& ours, Stranger& theirs, std::uint64_t seed, base::TimePoint now, OnEvent on_event) {
  Fragmenter fragments(seed);
  std::string to_us;
  for (bool moved = true; moved;) {
    moved = false;
    std::array<base::ByteView, 4> gather;
    while (ours.poll_output(gather) > 0) {
      base::ByteView part = gather[0].first(fragments.next(gather[0].size()));
      theirs.receive(part);
      ours.consumed(part.size());
      moved = true;
    }
    to_us += theirs.output();
    while (!to_us.empty()) {
      std::string part = to_us.substr(0, fragments.next(to_us.size()));
      to_us.erase(0, part.size());
      ours.receive(base::as_bytes(part), now);
      while (Event* happened = ours.poll_event()) on_event(*happened);
      moved = true;
    }
  }
}

Config config_for(std::mt19937_64& random) {
  Config config;
  config.tune_windows = random() % 2 == 0;
  config.initial_window_size = random() % 2 == 0 ? 65'535 : 20'000;
  config.header_table_size = random() % 2 == 0 ? 4096 : 128;
  config.max_frame_size = random() % 2 == 0 ? 16'384 : 40'000;
  return config;
}

std::size_t size_for(std::mt19937_64& random) {
  std::size_t order = random() % 19;
  return random() % (std::size_t{1} << order);
}

// Our server echoes what libnghttp2's client sends.
void serve_stranger(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  base::TimePoint now{};
  Connection ours(Role::server, config_for(random), now);
  Stranger client(Role::client, random() % 2 == 0 ? 65'535U : 1'000U);
  constexpr std::size_t kCalls = 20;
  std::map<std::int32_t, std::size_t> sizes;
  for (std::size_t i = 0; i < kCalls; ++i) {
    std::size_t size = size_for(random);
    sizes[static_cast<std::int32_t>(2 * i + 1)] = size;
    client.request(size);
  }
  std::map<std::uint32_t, std::string> requests;
  auto on_event = [&](const Event& happened) {
    if (const auto* broken = std::get_if<event::ConnectionClosed>(&happened))
      throw std::runtime_error(broken->reason);
    const auto* data = std::get_if<event::Data>(&happened);
    const auto* headers = std::get_if<event::Headers>(&happened);
    if (data) {
      requests[data->stream.index].append(base::as_text(data->data));
      ours.release_window(data->stream, data->data.size());
    } else if (headers) {
      requests[headers->stream.index].append(base::as_text(headers->data));
    }
    if ((data && data->end_stream) || (headers && headers->end_stream)) {
      StreamKey key = data ? data->stream : headers->stream;
      ours.send_headers(key, header_map({{":status", "200"}, {"x-custom", "a value that is worth an entry"}}),
                        false);
      ours.send_data(key, Buffer::copy_of(base::as_bytes(requests[key.index])), false);
      ours.send_trailers(key, header_map({{"grpc-status", "0"}}));
      requests[key.index].clear();
    }
  };
  converse(ours, client, seed, now, on_event);
  if (client.closed != kCalls) throw std::runtime_error("not every stream ended");
  for (const auto& [id, size] : sizes) {
    if (client.received[id] != body(static_cast<std::uint32_t>(id), size))
      throw std::runtime_error("the echo is wrong");
    if (client.fields_received[id] != ":status=200;x-custom=a value that is worth an entry;grpc-status=0;") {
      throw std::runtime_error("the headers are wrong: " + client.fields_received[id]);
    }
  }
}

// libnghttp2's server echoes what our client sends.
void call_stranger(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  base::TimePoint now{};
  Connection ours(Role::client, config_for(random), now);
  Stranger server(Role::server, random() % 2 == 0 ? 65'535U : 1'000U);
  constexpr std::size_t kCalls = 20;
  std::map<std::uint32_t, std::string> sent;
  std::map<std::uint32_t, std::string> answers;
  std::size_t clean = 0;
  for (std::uint32_t i = 0; i < kCalls; ++i) {
    auto key = ours.open_stream(header_map({{":method", "POST"},
                                            {":scheme", "http"},
                                            {":authority", "a"},
                                            {":path", "/"},
                                            {"x", std::to_string(i)}}),
                                false);
    if (!key) throw std::runtime_error("no stream");
    sent[key->index] = body(i, size_for(random));
    ours.send_data(*key, Buffer::copy_of(base::as_bytes(sent[key->index])), true);
  }
  auto on_event = [&](const Event& happened) {
    if (const auto* broken = std::get_if<event::ConnectionClosed>(&happened))
      throw std::runtime_error(broken->reason);
    if (const auto* data = std::get_if<event::Data>(&happened)) {
      answers[data->stream.index].append(base::as_text(data->data));
      ours.release_window(data->stream, data->data.size());
    }
    if (const auto* closed = std::get_if<event::StreamClosed>(&happened)) clean += closed->clean ? 1 : 0;
  };
  converse(ours, server, seed, now, on_event);
  if (clean != kCalls) throw std::runtime_error("not every stream ended cleanly");
  for (auto& [index, bytes] : sent) {
    if (answers[index] != bytes) throw std::runtime_error("the echo is wrong");
  }
}

void for_seeds(std::uint64_t count, void (*run)(std::uint64_t)) {
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    try {
      run(seed);
    } catch (const std::exception& failure) {
      FAIL() << "seed " << seed << ": " << failure.what();
    }
  }
}

TEST(Nghttp2, FindsNoFaultWithOurServer) {
  for_seeds(30, serve_stranger);
}
TEST(Nghttp2, FindsNoFaultWithOurClient) {
  for_seeds(30, call_stranger);
}

}  // namespace
}  // namespace farcall::http2
