#include "echo_server.hpp"

#include "http/header_map.hpp"
#include "net/address.hpp"

#include <farcall/buffer.hpp>

#include <algorithm>
#include <future>
#include <utility>
#include <variant>

namespace farcall::client_test {

class EchoServer::Connection final : private net::ConnectionObserver {
 public:
  Connection(EchoServer& server, net::Loop& loop, std::unique_ptr<net::ByteStream> stream)
      : server_(server), driver_(loop, std::move(stream), http2::Role::server, http2::Config(), *this) {
    driver_.start();
  }
  void drain() {
    driver_.engine().drain("max_age");
    driver_.touch();
  }

 private:
  void on_event(http2::Event& event) override {
    if (const auto* headers = std::get_if<http2::event::Headers>(&event)) {
      http::HeaderMap answer;
      answer.append(":status", "200");
      answer.append("content-type", "application/grpc");
      driver_.engine().send_headers(headers->stream, answer, false);
      if (!headers->data.empty())
        static_cast<void>(driver_.engine().send_data(headers->stream, Buffer::copy_of(headers->data), false));
      if (headers->end_stream) finish(headers->stream);
    } else if (const auto* data = std::get_if<http2::event::Data>(&event)) {
      driver_.engine().release_window(data->stream, data->data.size());
      static_cast<void>(driver_.engine().send_data(data->stream, Buffer::copy_of(data->data), false));
      if (data->end_stream) finish(data->stream);
    }
  }
  void finish(http2::StreamKey stream) {
    http::HeaderMap trailers;
    trailers.append("grpc-status", "0");
    driver_.engine().send_trailers(stream, trailers);
  }
  void on_closed() override {
    std::erase_if(server_.connections_, [this](const auto& connection) { return connection.get() == this; });
  }

  EchoServer& server_;
  net::ConnectionDriver driver_;
};

EchoServer::EchoServer() {
  net::Parsed<std::vector<net::ListeningSocket>> sockets =
      net::ListeningSocket::open(*net::parse_listen_address("127.0.0.1:0"));
  net::ListeningSocket socket = std::move(sockets->front());
  target_ = socket.address().to_string();
  std::promise<void> listening;
  loops_.at(0).post([this, &listening, &socket] {
    listener_ = std::make_unique<net::Listener>(loops_.at(0), std::move(socket),
                                                static_cast<net::AcceptObserver&>(*this));
    listening.set_value();
  });
  listening.get_future().wait();
}

EchoServer::~EchoServer() {
  std::promise<void> closed;
  loops_.at(0).post([this, &closed] {
    listener_.reset();
    connections_.clear();
    closed.set_value();
  });
  closed.get_future().wait();
}

void EchoServer::drain() {
  loops_.at(0).post([this] {
    for (const auto& connection : connections_) connection->drain();
  });
}

void EchoServer::on_accept(std::unique_ptr<net::ByteStream> stream) {
  connections_.push_back(std::make_unique<Connection>(*this, loops_.at(0), std::move(stream)));
}

}  // namespace farcall::client_test
