package import IntaglioStorage
internal import Synchronization

/// Clocks that stand still until a test moves them.
package final class TestClock: Sendable {
  private let times: Mutex<Times>

  private struct Times {
    var wall: UInt64
    var boot: UInt64
  }

  /// - Parameters:
  ///   - wall: nanoseconds since 1970.
  ///   - boot: nanoseconds since the system started.
  package init(wall: UInt64 = 1_700_000_000_000_000_000, boot: UInt64 = 1_000_000_000_000) {
    times = Mutex(Times(wall: wall, boot: boot))
  }

  /// What the engine gets.
  package var clock: SystemClock {
    SystemClock(
      wall: { self.times.withLock { $0.wall } }, boot: { self.times.withLock { $0.boot } })
  }

  /// Time goes by on both clocks.
  package func advance(nanoseconds: UInt64) {
    times.withLock {
      $0.wall += nanoseconds
      $0.boot += nanoseconds
    }
  }

  /// Somebody sets the wall clock.
  package func stepWall(nanoseconds: Int64) {
    times.withLock { $0.wall = UInt64(Int64($0.wall) + nanoseconds) }
  }
}
