// A server in a process of its own, for tests that kill it: speech_server ADDRESS. Prints the address that it
// listens on, and serves until somebody ends it.

#include "speech_service.hpp"

#include <farcall/server.hpp>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "speech_server: one argument is needed: the address to listen on\n");
    return 2;
  }
  farcall::behaviours::SpeechService service;
  farcall::ServerOptions options;
  options.loops = 1;
  farcall::Server server(argv[1], options);
  server.add(service);
  return server.run([&] {
    std::printf("%s\n", server.addresses().front().c_str());
    std::fflush(stdout);
  });
}
