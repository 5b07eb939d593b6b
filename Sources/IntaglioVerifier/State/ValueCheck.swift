internal import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

/// Holds values against what names them.
///
/// A value is hashed where it is named first. If it is named again it is hashed once more, and then remembered: so many
/// names of one large value cost no more than one.
struct ValueCheck {
  private struct Value {
    let id: Digest
    let byteCount: Int
  }

  private let records: StateRecords
  private var named: BitSet
  /// By ordinal; of those that were named more than once.
  private var shared: [Int: Value] = [:]

  init(_ records: StateRecords) {
    self.records = records
    named = BitSet(count: records.index.count)
  }

  /// What is wrong with the place of an entry that the record `end` of `stream` names; nil if nothing is.
  ///
  /// The id of an erased value is not known: its byte count is.
  mutating func defect(
    of entry: StateEntry, salt: StateSalt, in stream: StreamNumber, before end: SequenceNumber
  ) throws(StorageError) -> String? {
    guard let place = records.place(entry.sequence, .stateValue, in: stream, before: end) else {
      return "record \(entry.sequence) should be a value of this space before it: "
        + "that of \(name(entry.key))"
    }
    let value: Value
    if let known = shared[place.ordinal] {
      value = known
    } else {
      let record = try records.read(place)
      if record.isErased {
        return record.header.payloadByteCount == entry.valueByteCount
          ? nil : Self.text(entry, byteCount: record.header.payloadByteCount)
      }
      value = Value(id: salt.valueID(of: record.payload), byteCount: record.payload.byteCount)
      if !named.insert(place.ordinal) { shared[place.ordinal] = value }
    }
    guard value.byteCount == entry.valueByteCount else {
      return Self.text(entry, byteCount: value.byteCount)
    }
    guard value.id == entry.valueID else {
      return "the value of \(name(entry.key)), record \(entry.sequence), has the id \(value.id), "
        + "not \(entry.valueID)"
    }
    return nil
  }

  private static func text(_ entry: StateEntry, byteCount: Int) -> String {
    "the value of \(name(entry.key)), record \(entry.sequence), has \(byteCount) bytes, "
      + "not \(entry.valueByteCount)"
  }
}

/// A key for people, cut off if it is long.
private func name(_ key: StateKey) -> String {
  let text = key.description
  return text.utf8.count <= 80 ? text : text.prefix(80) + "..."
}
