import Glibc

/// Nanoseconds of the monotonic clock, which all processes of a machine share.
func nanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The seconds since `start`, a value of `nanoseconds()`.
func seconds(since start: UInt64) -> Double { Double(nanoseconds() - start) / 1e9 }
