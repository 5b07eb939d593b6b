internal import Glibc
internal import SystemPackage

/// The clocks of this machine, in nanoseconds; tests put others in their place.
package struct SystemClock: Sendable {
  /// CLOCK_REALTIME: since 1970, stepped and slewed by whoever sets the clock.
  package var wall: @Sendable () -> UInt64
  /// CLOCK_BOOTTIME: since the system started, suspended time included; never stepped.
  package var boot: @Sendable () -> UInt64

  package init(wall: @escaping @Sendable () -> UInt64, boot: @escaping @Sendable () -> UInt64) {
    self.wall = wall
    self.boot = boot
  }

  package static let system = SystemClock(
    wall: { read(CLOCK_REALTIME) }, boot: { read(CLOCK_BOOTTIME) })

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// The identity of the running system, new at every boot: 16 bytes.
package enum BootID {
  package static let current: [UInt8] = {
    guard
      let file = try? File("/proc/sys/kernel/random/boot_id", .readOnly, in: SystemFileSystem()),
      let text = try? file.read(byteCount: 36, at: 0)
    else { return [UInt8](repeating: 0, count: 16) }
    let digits = text.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
    guard digits.count == 32 else { return [UInt8](repeating: 0, count: 16) }
    return (0..<16).map { digits[$0 * 2] << 4 | digits[$0 * 2 + 1] }
  }()
}
