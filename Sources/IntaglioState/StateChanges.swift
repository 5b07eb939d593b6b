package import IntaglioFormat

/// What a transaction changed, as its record says it.
///
/// FileFormat, "State": a count, then a line for each key, ascending.
package struct StateChanges: Sendable {
  /// By key, ascending.
  package let changes: [StateChange]

  /// A change whose value may lie in the same batch as the record.
  package enum Line: Sendable {
    case set(StateKey, valueByteCount: Int, valueID: Digest, StatePayload.Place)
    case remove(StateKey)

    package var key: StateKey {
      switch self {
      case .set(let key, _, _, _), .remove(let key): key
      }
    }
  }

  private enum Operation: UInt8 { case set = 1, remove = 2 }
  private static let fixedByteCount = 8
  private static let distanceFlag: UInt64 = 1 << 63

  /// The payload of a record that says `lines`, which are ascending by key.
  package static func encode(_ lines: [Line]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: UInt32(lines.count))
    for line in lines {
      switch line {
      case .set(let key, let byteCount, let id, let place):
        append(.set, key, byteCount, to: &bytes)
        bytes.append(contentsOf: id.bytes)
        switch place {
        case .sequence(let sequence): bytes.append(integer: sequence.rawValue)
        case .distance(let distance): bytes.append(integer: distanceFlag | distance)
        }
      case .remove(let key): append(.remove, key, 0, to: &bytes)
      }
    }
    return bytes
  }

  private static func append(
    _ operation: Operation, _ key: StateKey, _ valueByteCount: Int, to bytes: inout [UInt8]
  ) {
    bytes.append(operation.rawValue)
    bytes.append(UInt8(key.componentByteCount))
    bytes.append(integer: UInt16(key.keyByteCount))
    bytes.append(integer: UInt32(valueByteCount))
    bytes.append(bytes: key.bytes.rawSpan.extracting(1...))
  }

  /// The changes that the record `sequence` with this payload says; nil if it is not in its form.
  package init?(decoding bytes: RawSpan, at sequence: SequenceNumber) {
    guard bytes.byteCount >= 4 else { return nil }
    let count: UInt32 = bytes.integer(at: 0)
    guard count > 0, Int(count) <= bytes.byteCount / Self.fixedByteCount else { return nil }
    var changes: [StateChange] = []
    changes.reserveCapacity(Int(count))
    var offset = 4
    for _ in 0..<count {
      guard let change = Self.read(bytes, at: &offset, sequence),
        changes.last.map({ $0.key < change.key }) ?? true
      else { return nil }
      changes.append(change)
    }
    guard offset == bytes.byteCount else { return nil }
    self.changes = changes
  }

  private static func read(
    _ bytes: RawSpan, at offset: inout Int, _ sequence: SequenceNumber
  ) -> StateChange? {
    guard bytes.byteCount - offset >= fixedByteCount,
      let operation = Operation(rawValue: bytes.integer(at: offset))
    else { return nil }
    let componentByteCount = Int(bytes.integer(at: offset + 1, as: UInt8.self))
    let keyByteCount = Int(bytes.integer(at: offset + 2, as: UInt16.self))
    let valueByteCount = Int(bytes.integer(at: offset + 4, as: UInt32.self))
    let keyEnd = offset + fixedByteCount + componentByteCount + keyByteCount
    let end = keyEnd + (operation == .set ? 40 : 0)
    guard end <= bytes.byteCount, valueByteCount <= Limits.stateValueByteCount,
      operation == .set || valueByteCount == 0
    else { return nil }
    let start = offset + fixedByteCount
    guard
      let key = StateKey(
        componentBytes: bytes.extracting(start..<start + componentByteCount),
        keyBytes: bytes.extracting(start + componentByteCount..<keyEnd))
    else { return nil }
    offset = end
    guard operation == .set else { return .remove(key) }
    let rawPlace: UInt64 = bytes.integer(at: keyEnd + 32)
    let place: StatePayload.Place =
      rawPlace & distanceFlag == 0
      ? .sequence(SequenceNumber(rawPlace)) : .distance(rawPlace & ~distanceFlag)
    guard let value = place.resolved(from: sequence) else { return nil }
    return .set(
      StateEntry(
        key: key, valueByteCount: valueByteCount, valueID: Digest(bytes, at: keyEnd),
        sequence: value))
  }
}
