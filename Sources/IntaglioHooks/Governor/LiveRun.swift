internal import IntaglioFormat

/// What the governor's state says of a live run: enough to settle it if its process ends.
struct LiveRun {
  let mission: String
  /// The first record whose reservations are not settled.
  let from: SequenceNumber

  init(mission: String, from: SequenceNumber) {
    self.mission = mission
    self.from = from
  }

  /// The number in decimal, a line feed, and the mission's name.
  init?(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.firstIndex(of: "\n"), let from = UInt64(text[..<end]) else { return nil }
    self.init(
      mission: String(text[text.index(after: end)...]), from: SequenceNumber(from))
  }

  var encoded: [UInt8] { Array("\(from.rawValue)\n\(mission)".utf8) }
}
