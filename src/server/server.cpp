#include "server/server_core.hpp"

#include <farcall/server.hpp>

#include <utility>

namespace farcall {

Server::Server(ServerOptions options)
    : core_(std::make_unique<server::ServerCore>(nullptr, std::move(options))) {}

Server::Server(std::string address, ServerOptions options) : Server(std::move(options)) {
  listen(std::move(address));
}

Server::Server(Runtime& runtime, ServerOptions options)
    : core_(std::make_unique<server::ServerCore>(&runtime, std::move(options))) {}

Server::Server(Runtime& runtime, std::string address, ServerOptions options)
    : Server(runtime, std::move(options)) {
  listen(std::move(address));
}

Server::~Server() = default;

void Server::listen(std::string address) {
  core_->listen(std::move(address));
}

void Server::add(codegen::ServiceBase& service) {
  core_->add(service);
}

void Server::add(std::shared_ptr<const Codec> codec) {
  core_->add(std::move(codec));
}

void Server::add_fallback(GenericService& service) {
  core_->add_fallback(service);
}

Status Server::start() {
  return core_->start();
}

std::vector<std::string> Server::addresses() const {
  return core_->addresses();
}

int Server::run(const std::function<void()>& on_started) {
  return core_->run(on_started);
}

void Server::drain(std::chrono::nanoseconds within) {
  core_->refuse_on_loop();
  core_->begin_drain(within);
  core_->wait();
}

void Server::begin_drain(std::chrono::nanoseconds within) {
  core_->begin_drain(within);
}

void Server::shutdown() {
  drain(std::chrono::nanoseconds::zero());
}

void Server::wait() {
  core_->refuse_on_loop();
  core_->wait();
}

}  // namespace farcall
