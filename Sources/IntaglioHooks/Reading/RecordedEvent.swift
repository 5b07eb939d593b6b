package import Intaglio
package import IntaglioFormat

/// An event as a record of a log has it.
package struct RecordedEvent: Sendable {
  package let kind: EventKind
  package let sequence: SequenceNumber
  package let time: Timestamp
  /// The payload's members; null if the payload was lawfully erased.
  package let contents: JSON
  package let isErased: Bool

  /// The event in `record`, or nil if it is no event of this schema.
  ///
  /// - Throws: `damaged` if the payload is not what such a record has.
  package init?(_ record: Record) throws(LogError) {
    guard let kind = EventKind(record.kind) else { return nil }
    self.kind = kind
    sequence = record.sequence
    time = record.time
    isErased = record.isErased
    guard !record.isErased else {
      contents = .null
      return
    }
    do throws(JSONError) { contents = try JSON.parse(record.payload) } catch {
      throw LogError(
        .damaged,
        "record \(record.sequence) is no event, though its kind is \(kind.name): \(error); run `intaglio verify`",
        verdict: .corrupt)
    }
  }

  package subscript(_ name: String) -> JSON? { contents[name] }

  /// The number in the member `name`, if it has one that is not negative.
  package func integer(_ name: String) -> Int? {
    contents[name]?.integer.flatMap(Int.init(exactly:))
  }

  package func isTrue(_ name: String) -> Bool { contents[name] == .bool(true) }
}
