internal import Intaglio
package import IntaglioFormat

/// A rollback that was begun, as the governor's state keeps it until all of it is done: what a crash leaves is done by the next
/// opening.
package struct PendingRollback: Sendable {
  package let mission: String
  package let checkpoint: SequenceNumber
  package let reason: String
  package let by: String
  package let isForced: Bool
  /// What each participant is restored from.
  package let captured: [(name: String, text: String)]

  init(
    mission: String, checkpoint: SequenceNumber, reason: String, by: String, isForced: Bool,
    captured: [(name: String, text: String)]
  ) {
    self.mission = mission
    self.checkpoint = checkpoint
    self.reason = reason
    self.by = by
    self.isForced = isForced
    self.captured = captured
  }

  /// Reads what `encoded` wrote.
  init?(mission: String, _ bytes: [UInt8]) {
    guard let json = try? JSON.parse(bytes), let checkpoint = json["checkpoint"]?.integer,
      let reason = json["reason"]?.string, let by = json["by"]?.string
    else { return nil }
    self.init(
      mission: mission, checkpoint: SequenceNumber(checkpoint), reason: reason, by: by,
      isForced: json["forced"] == .bool(true),
      captured: (json["captured"]?.array ?? []).compactMap { entry in
        guard let name = entry["name"]?.string, let text = entry["text"]?.string else { return nil }
        return (name, text)
      })
  }

  var encoded: [UInt8] {
    JSON.object([
      .init("checkpoint", .integer(checkpoint.rawValue)), .init("reason", .string(reason)),
      .init("by", .string(by)), .init("forced", .bool(isForced)),
      .init(
        "captured",
        .array(
          captured.map {
            .object([.init("name", .string($0.name)), .init("text", .string($0.text))])
          })),
    ]).canonical
  }
}
