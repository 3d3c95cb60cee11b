#include "net/loop.hpp"
#include "net/pool_trips.hpp"

#include <farcall/pool.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>

namespace farcall {

namespace net {

/// The way of one function to a thread of a pool, and of its result back to the loop.
class PoolTrip final : public codegen::PoolTask, public Job {
 public:
  /// The loop stays as long as the trip, which ends where it began. `trips`, unless null, counts it until the
  /// function has returned.
  PoolTrip(codegen::PoolWait& wait, Loop& loop, PoolTrips* trips) : wait_(&wait), loop_(loop), trips_(trips) {
    loop_.expect_job();
    if (trips_ != nullptr) trips_->begin();
  }
  PoolTrip(const PoolTrip&) = delete;
  PoolTrip& operator=(const PoolTrip&) = delete;
  ~PoolTrip() override { loop_.expected_job_ran(); }

  /// The coroutine goes, and with it the function. True: it has not begun, and the trip ends here. False: it
  /// has returned by now.
  [[nodiscard]] bool call_off(Pool& pool) {
    // The pool may be gone if the function has returned.
    if (!returned_.load(std::memory_order_acquire) && pool.withdraw(*this)) {
      if (trips_ != nullptr) trips_->end();
      return true;
    }
    returned_.wait(false, std::memory_order_acquire);
    wait_ = nullptr;
    return false;
  }

 private:
  void execute() noexcept override {
    if (!wait_->cancelled()) wait_->call();
    Loop& loop = loop_;
    PoolTrips* const trips = trips_;
    returned_.store(true, std::memory_order_release);
    returned_.notify_one();
    loop.post(std::unique_ptr<Job>(this));
    // Whoever waits for the count finds the way back posted.
    if (trips != nullptr) trips->end();
  }
  void run() override {
    if (wait_ == nullptr) return;
    wait_->trip_ = nullptr;
    wait_->end();
  }

  codegen::PoolWait* wait_;
  Loop& loop_;
  PoolTrips* trips_;
  std::atomic<bool> returned_{false};
};

}  // namespace net

namespace codegen {

void PoolWait::call_off() {
  if (trip_ == nullptr) return;
  if (trip_->call_off(pool_)) const std::unique_ptr<net::PoolTrip> called_off(trip_);
}

void PoolWait::submit() {
  net::Loop* loop = net::Loop::current();
  if (loop == nullptr) {
    throw std::logic_error(
        "farcall::on: awaited on a thread that runs no loop of farcall's; await it inside a Task");
  }
  if (cancelled()) return end();
  net::PoolTrips* const trips = scope() == nullptr ? nullptr : scope()->pool_trips();
  // From here on the pool owns it, then the loop, as a job.
  trip_ = std::make_unique<net::PoolTrip>(*this, *loop, trips).release();
  pool_.submit(*trip_);
}

}  // namespace codegen
}  // namespace farcall
