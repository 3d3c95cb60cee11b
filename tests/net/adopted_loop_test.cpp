// Two threads at the end of a loop that has adopted its io_context: one that runs the context, and one that
// is in a destructor. What the threads do is forced, not timed: a thread goes on once the other one is seen
// to sleep.

#include "loop_fixture.hpp"
#include "net/asio_loop.hpp"
#include "net/asio_wait.hpp"

#include <asio/post.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace farcall::net {
namespace {

/// Whether the thread sleeps in the kernel: proc(5), the state in /proc/.../stat behind the name.
bool sleeps(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string stat;
  std::getline(file, stat);
  const std::size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.substr(name_end + 2, 1) == "S";
}

/// A thread that has handlers of an io_context run, of which one has to wait for its turn.
class OtherThread {
 public:
  explicit OtherThread(asio::io_context& context)
      : thread_([this, &context] {
          id_.set_value(static_cast<pid_t>(::syscall(SYS_gettid)));
          context.poll();
        }) {}

  void await_its_wait() {
    const pid_t id = id_.get_future().get();
    while (!sleeps(id)) std::this_thread::yield();
  }

 private:
  std::promise<pid_t> id_;
  std::jthread thread_;
};

/// Calls in the turn in which it expires.
class Alarm final : public base::Timer {
 public:
  explicit Alarm(std::function<void()> ring) : ring_(std::move(ring)) {}

 private:
  void on_expiry(base::TimePoint) override { ring_(); }
  std::function<void()> ring_;
};

struct Reader {
  explicit Reader(Loop& loop) : descriptor(loop) {}
  void on_ready() { ++calls; }

  AsioDescriptor descriptor;
  int calls = 0;
  Lifeline<Reader> line{*this};
};

struct AdoptedLoop : testing::Test {
  LoopLog log;
  asio::io_context context;
  std::unique_ptr<Loop> loop = LoopAccess::adopt(context, log.options(/*with_virtual_clock=*/true));
};

TEST_F(AdoptedLoop, DoesNotCallWhatADestructorEndedWhileTheHandlerWaitedForItsTurn) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Descriptor writing(ends[1]);
  Reader reader(*loop);
  ASSERT_FALSE(reader.descriptor.assign(Descriptor(ends[0])));
  std::optional<OtherThread> other;
  Alarm alarm([&] {
    other.emplace(context);
    other->await_its_wait();
    reader.line.cut();
  });
  loop->post([&] {
    reader.descriptor.wait<&Reader::on_ready>(asio::posix::descriptor_base::wait_read, reader.line);
    loop->timers().schedule(alarm, loop->now() + std::chrono::seconds(1));
  });
  context.poll_one();
  ASSERT_EQ(::write(writing.get(), "x", 1), 1);
  virtual_now += std::chrono::seconds(2);
  loop->work_off();
  other.reset();
  EXPECT_EQ(reader.calls, 0);
}

TEST_F(AdoptedLoop, IsNotFoundByAHandlerThatWaitedForItsTurnUntilTheEnd) {
  bool ran = false;
  std::optional<OtherThread> other;
  loop->end_adopted([&] {
    // A job can be posted no more; a handler that was in the io_context before is like this.
    asio::post(context, [turns = Turns(*loop), &ran] { turns.take([&ran](Loop&) { ran = true; }); });
    other.emplace(context);
    other->await_its_wait();
  });
  other.reset();
  EXPECT_FALSE(ran);
}

TEST_F(AdoptedLoop, HasItsLastWordInATurn) {
  Loop* current = nullptr;
  int calls = 0;
  const auto last = [&] {
    current = Loop::current();
    ++calls;
  };
  loop->end_adopted(last);
  loop->end_adopted(last);
  EXPECT_EQ(current, loop.get());
  EXPECT_EQ(calls, 1);
}

TEST_F(AdoptedLoop, IsAttendedByAThreadThatHasTheIdOfOneThatEnded) {
  const auto nothing = [] {};
  loop->post(nothing);
  std::thread::id first;
  std::jthread([&] {
    first = std::this_thread::get_id();
    context.poll();
  }).join();
  EXPECT_TRUE(loop->is_unattended());
  context.restart();
  loop->post(nothing);
  std::promise<void> ran;
  std::promise<void> release;
  bool same_id = false;
  const std::jthread second([&] {
    context.poll();
    context.restart();
    same_id = first == std::this_thread::get_id();
    ran.set_value();
    release.get_future().wait();
  });
  ran.get_future().wait();
  EXPECT_FALSE(loop->is_unattended()) << "the same id: " << same_id;
  release.set_value();
}

}  // namespace
}  // namespace farcall::net
