// Windows (RFC 9113 §5.2, §6.9), what a stream sends and whose turn it is.

#include "http2/stream/flow_control.hpp"

#include "http2/stream/receive.hpp"
#include "http2/stream/scheduler.hpp"
#include "http2/stream/store.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace farcall::http2 {
namespace {

TEST(Window, GivesNoMoreThanItHas) {
  Window window(10);
  EXPECT_TRUE(window.take(10));
  EXPECT_FALSE(window.take(1));
  EXPECT_TRUE(window.take(0));
  EXPECT_EQ(window.available(), 0U);
}

TEST(Window, MayBecomeNegativeAndThenLetsNothingThrough) {  // §6.9.2
  Window window(10);
  EXPECT_TRUE(window.take(10));
  EXPECT_TRUE(window.change(-7));
  EXPECT_EQ(window.size(), -7);
  EXPECT_EQ(window.available(), 0U);
  EXPECT_TRUE(window.take(0));
  EXPECT_TRUE(window.change(8));
  EXPECT_EQ(window.available(), 1U);
}

TEST(Window, RefusesToOverflow) {  // §6.9.1
  Window window(Window::kLargest - 1);
  EXPECT_TRUE(window.change(1));
  EXPECT_FALSE(window.change(1));
  EXPECT_EQ(window.size(), Window::kLargest);
}

TEST(ReceiveWindow, ReturnsCreditInHalves) {
  ReceiveWindow window(100);
  EXPECT_TRUE(window.receive(100));
  EXPECT_FALSE(window.receive(1));
  EXPECT_EQ(window.give_back(49), 0U);
  EXPECT_EQ(window.give_back(1), 50U);
  EXPECT_EQ(window.left(), 50);
  EXPECT_EQ(window.give_back(50), 50U);
  EXPECT_EQ(window.left(), 100);
}

TEST(ReceiveWindow, NeverOwesNothingForEver) {
  ReceiveWindow window(1);
  EXPECT_EQ(window.give_back(0), 0U);
  EXPECT_TRUE(window.receive(1));
  EXPECT_EQ(window.give_back(1), 1U);
}

TEST(ReceiveWindow, GrowsByWhatIsOwedAndWhatIsNew) {
  ReceiveWindow window(100);
  EXPECT_TRUE(window.receive(30));
  EXPECT_EQ(window.give_back(30), 0U);
  EXPECT_EQ(window.enlarge(300), 230U);
  EXPECT_EQ(window.left(), 300);
  EXPECT_EQ(window.enlarge(200), 0U);
}

TEST(ReceiveSide, ComparesThePayloadWithItsAnnouncement) {  // §8.1.1
  ReceiveSide exact(100);
  exact.expect_length(5);
  EXPECT_TRUE(exact.count(3, false));
  EXPECT_TRUE(exact.count(2, true));

  ReceiveSide more(100);
  more.expect_length(5);
  EXPECT_FALSE(more.count(6, false));

  ReceiveSide less(100);
  less.expect_length(5);
  EXPECT_FALSE(less.count(4, true));

  ReceiveSide unknown(100);
  EXPECT_TRUE(unknown.count(1'000, true));
}

TEST(ReceiveSide, PaysOffTheWholeDebtWithTheLastByte) {
  ReceiveSide side(100);
  for (int i = 0; i < 3; ++i) {
    side.charge(4);
    side.hand_out(1);
  }
  EXPECT_EQ(side.settle(side.take_back(1)), 4U);
  EXPECT_EQ(side.settle(side.take_back(99)), 8U);  // it held two
  EXPECT_EQ(side.write_off(), 0U);
}

std::string written(Output& output) {
  std::array<base::ByteView, 8> gather;
  std::string bytes;
  output.seal();
  for (std::size_t left = output.in_flight(); left > 0; left = output.in_flight()) {
    std::size_t used = output.gather(gather);
    std::size_t size = 0;
    for (std::size_t i = 0; i < used; ++i) {
      bytes += base::as_text(gather[i]);
      size += gather[i].size();
    }
    output.consume(size);
  }
  return bytes;
}

TEST(SendQueue, MovesItsPayloadInOrderWhateverThePieces) {
  const std::string large(5'000, 'L');
  for (std::size_t piece : {1UL, 7UL, 1'024UL, 1'025UL, 4'000UL, 100'000UL}) {
    SendQueue queue;
    Buffer spare;
    queue.add(Buffer::copy_of(base::as_bytes("small")), spare);
    queue.add(Buffer(), spare);
    queue.add(Buffer::copy_of(base::as_bytes(large)), spare);
    queue.add(Buffer::copy_of(base::as_bytes("end")), spare);
    Output output;
    std::string all;
    while (queue.bytes() > 0) {
      queue.move_to(output, std::min(piece, queue.bytes()), spare);
      all += written(output);
    }
    EXPECT_EQ(all, "small" + large + "end") << "pieces of " << piece;
    EXPECT_FALSE(queue.pending());
    queue.finish();
    EXPECT_TRUE(queue.pending());
    queue.mark_end_sent();
    EXPECT_FALSE(queue.pending());
  }
}

TEST(Output, CopiesWhatIsSmallAndRefersToWhatIsLarge) {
  SendQueue queue;
  Buffer spare;
  Buffer large = Buffer::copy_of(base::as_bytes(std::string(4'000, 'L')));
  const std::byte* address = large.data();
  queue.add(Buffer::copy_of(base::as_bytes("small")), spare);
  queue.add(std::move(large), spare);
  Output output;
  queue.move_to(output, queue.bytes(), spare);
  output.append(base::as_bytes("tail"));
  output.seal();
  std::array<base::ByteView, 8> gather;
  ASSERT_EQ(output.gather(gather), 3U);
  EXPECT_EQ(base::as_text(gather[0]), "small");
  EXPECT_EQ(gather[1].data(), address);
  EXPECT_EQ(base::as_text(gather[2]), "tail");
}

TEST(Output, KeepsWhatIsInFlightWhileMoreIsBuilt) {
  Output output;
  output.append(base::as_bytes("first"));
  output.seal();
  std::array<base::ByteView, 2> gather;
  ASSERT_EQ(output.gather(gather), 1U);
  const base::ByteView first = gather[0];
  output.append(base::as_bytes(std::string(100'000, 'x')));
  EXPECT_EQ(base::as_text(first), "first");
  output.consume(2);
  ASSERT_EQ(output.gather(gather), 1U);
  EXPECT_EQ(base::as_text(gather[0]), "rst");
  output.consume(3);
  EXPECT_EQ(output.consumed_total(), 5U);
  EXPECT_EQ(output.position(), 100'005U);
}

TEST(Scheduler, GoesRoundRobin) {
  StreamStore store;
  Scheduler scheduler;
  for (std::uint32_t id : {1U, 3U, 5U}) scheduler.add(store.open(id, 0, 0));
  scheduler.add(*store.find_id(1));  // stands in line already
  std::vector<std::uint32_t> turns;
  for (int i = 0; i < 6; ++i) {
    Stream* stream = scheduler.next();
    ASSERT_NE(stream, nullptr);
    turns.push_back(stream->id);
    scheduler.add(*stream);
  }
  EXPECT_EQ(turns, (std::vector<std::uint32_t>{1, 3, 5, 1, 3, 5}));
}

TEST(Scheduler, LetsThoseWhoWaitForTheConnectionKeepTheirPlaces) {
  StreamStore store;
  Scheduler scheduler;
  for (std::uint32_t id : {1U, 3U, 5U}) scheduler.add(store.open(id, 0, 0));
  scheduler.park(*scheduler.next());
  EXPECT_EQ(scheduler.next()->id, 3U);
  scheduler.resume();
  EXPECT_EQ(scheduler.next()->id, 1U);
  EXPECT_EQ(scheduler.next()->id, 5U);
  EXPECT_EQ(scheduler.next(), nullptr);
}

TEST(Scheduler, ForgetsStreamsThatAreGone) {
  StreamStore store;
  Scheduler scheduler;
  scheduler.add(store.open(1, 0, 0));
  scheduler.add(store.open(3, 0, 0));
  EXPECT_FALSE(scheduler.has_none_but(*store.find_id(3)));
  store.erase(*store.find_id(1));
  EXPECT_TRUE(scheduler.has_none_but(*store.find_id(3)));
  EXPECT_EQ(scheduler.next()->id, 3U);
  EXPECT_EQ(scheduler.next(), nullptr);
}

}  // namespace
}  // namespace farcall::http2
