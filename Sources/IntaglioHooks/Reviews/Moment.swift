internal import IntaglioFormat
internal import IntaglioStorage

/// A moment by the wall clock and by the clock that runs since the system started: whoever sets the one has not set the other.
struct Moment: Sendable {
  /// Nanoseconds since 1970.
  let wall: UInt64
  /// Nanoseconds since the system `bootID` started.
  let boot: UInt64
  let bootID: String

  init(wall: UInt64, boot: UInt64, bootID: String) {
    self.wall = wall
    self.boot = boot
    self.bootID = bootID
  }

  /// Whether more than `seconds` have passed since `start`, by either clock.
  ///
  /// After a restart only the wall clock is left; if it stands before `start` it was set back, and nobody can tell how much has
  /// passed: then it has.
  func isLater(than start: Moment, bySeconds seconds: Int) -> Bool {
    let span = UInt64(seconds) * 1_000_000_000
    if wall >= start.wall &+ span { return true }
    guard bootID == start.bootID else { return wall < start.wall }
    return boot >= start.boot &+ span
  }

  /// Numbers as text: they may exceed what JSON's readers keep exactly.
  var json: JSON {
    .object([
      .init("boot", .string(String(boot))), .init("boot_id", .string(bootID)),
      .init("wall", .string(String(wall))),
    ])
  }

  init?(_ json: JSON?) {
    guard let json, let wall = json["wall"]?.string.flatMap({ UInt64($0) }),
      let boot = json["boot"]?.string.flatMap({ UInt64($0) }),
      let bootID = json["boot_id"]?.string
    else { return nil }
    self.init(wall: wall, boot: boot, bootID: bootID)
  }
}
