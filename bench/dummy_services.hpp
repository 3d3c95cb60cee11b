#pragma once

#include <farcall/codegen/service.hpp>
#include <farcall/server.hpp>

#include <cstddef>
#include <list>

namespace bench {

/// Services that nobody calls: what they show is whether a call costs more because they are there.
class DummyServices {
 public:
  /// Of so many methods in all.
  explicit DummyServices(std::size_t methods);
  ~DummyServices();
  DummyServices(const DummyServices&) = delete;
  DummyServices& operator=(const DummyServices&) = delete;

  /// They must outlive the server.
  void add_to(farcall::Server& server);

 private:
  class Service;
  std::list<Service> services_;
};

}  // namespace bench
