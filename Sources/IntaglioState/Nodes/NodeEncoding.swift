internal import IntaglioFormat

/// The limits of nodes.
///
/// FileFormat, "State tree".
enum NodeLimits {
  /// Level and count, before the items.
  static let headerByteCount = 8
  /// The largest node's items; the usual largest size of nodes, too.
  static let itemsByteCount = 6144
  static let identityByteCount = headerByteCount + itemsByteCount
  /// The highest level: nodes halve in number from level to level, and there are less than 2^63 entries.
  static let level = 63
  static let entryCount = UInt64(Int64.max)
}

/// The part of a node that its id is made of.
func encodedIdentity(level: Int, _ items: [Item]) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(
    items.reduce(NodeLimits.headerByteCount) { $0 + $1.byteCount(level: level) } + items.count * 8)
  bytes.append(integer: UInt32(level))
  bytes.append(integer: UInt32(items.count))
  for item in items {
    bytes.append(UInt8(item.key.componentByteCount))
    bytes.append(integer: UInt16(item.key.keyByteCount))
    if level == 0 {
      bytes.append(integer: UInt32(item.measure))
    } else {
      bytes.append(integer: item.measure)
    }
    bytes.append(bytes: item.key.bytes.rawSpan.extracting(1...))
    bytes.append(contentsOf: item.id.bytes)
  }
  return bytes
}

/// The whole payload: the identity part, then the places.
///
/// - Parameters:
///   - index: of the record among those appended together.
///   - recordIndex: where a new child lies among them.
func encodedNode(
  identity: [UInt8], _ items: [Item], at index: Int, recordIndex: (Int) -> Int
) -> [UInt8] {
  var bytes = identity
  for item in items {
    switch item.place {
    case .stored(let sequence): bytes.append(integer: sequence.rawValue)
    case .new(let child):
      bytes.append(integer: Place.relativeFlag | UInt64(index - recordIndex(child)))
    }
  }
  return bytes
}

/// SHA-256("intaglio/v1 node\n" ‖ identity part).
func nodeID(of identity: [UInt8]) -> Digest { nodeID(of: identity.rawSpan) }

func nodeID(of identity: RawSpan) -> Digest { SHA256.hash(nodeTag.rawSpan, identity) }

private let nodeTag = Array("intaglio/v1 node\n".utf8)
