import IntaglioFormat
import IntaglioState

/// A tree of two leaves and a root with their right ids, which is bad in some way.
enum HostileNode: CaseIterable, Sendable {
  case none
  case keysDescend, keysRepeat, emptyComponent, longComponent, controlInComponent, notUTF8
  case emptyKey, longKey, hugeValue, reservedByte, tooManyItems, tooFewItems, noItems
  case levelTooHigh, sameLevel, otherCount, zeroCount, overflowingCount, otherLowestKey
  case distanceZero, distanceTooLarge, ownPlace, laterPlace, placeOfAnother
  case keyAboveNext, oneChild

  /// Whether the identity parts are good.
  var isBadInPlacesOnly: Bool {
    [.distanceZero, .distanceTooLarge, .ownPlace, .laterPlace, .placeOfAnother].contains(self)
  }

  /// A part of what the error says.
  var defect: String {
    switch self {
    case .none: ""
    case .keysDescend, .keysRepeat: "the keys are not ascending"
    case .emptyComponent, .controlInComponent, .notUTF8: "printable ASCII"
    case .longComponent: "a component of 65 and a key of 1 bytes"
    case .emptyKey: "a key of 0 bytes"
    case .longKey: "a key of 1025 bytes"
    case .hugeValue: "a value cannot have 16777217 bytes"
    case .reservedByte: "the reserved bytes are not zero"
    // The first place, 1, taken for an item.
    case .tooManyItems: "a component of 1 and a key of 0 bytes"
    case .tooFewItems: "behind 2 items"
    case .noItems: "0 entries, not 3"
    case .levelTooHigh: "there is no level 64"
    case .sameLevel: "level 1 below level 1"
    case .otherCount: "3 entries, not 2"
    case .zeroCount, .overflowingCount: "a subtree cannot have"
    case .otherLowestKey: "its lowest key is not that in its parent"
    case .distanceZero, .distanceTooLarge, .ownPlace, .laterPlace: "is not one before record 22"
    case .placeOfAnother: "a node has 8 bytes or more, here are 0"
    case .keyAboveNext: "its highest key is not below that of the next node"
    case .oneChild: "a root with one child"
    }
  }

  var leaf: [UInt8] {
    var level: UInt8 = self == .sameLevel ? 1 : 0
    if self == .levelTooHigh { level = 64 }
    var count: UInt32 = 3
    if self == .tooManyItems { count = 4 }
    if self == .tooFewItems { count = 2 }
    var keys = [Array("0".utf8), Array("5".utf8), Array("9".utf8)]
    var component = Array("c".utf8)
    switch self {
    case .keysDescend: keys.swapAt(1, 2)
    case .keysRepeat: keys[1] = keys[2]
    case .emptyKey: keys[1] = []
    case .longKey: keys[1] = [UInt8](repeating: 53, count: 1025)
    case .emptyComponent: component = []
    case .longComponent: component = [UInt8](repeating: 99, count: 65)
    case .controlInComponent: component = [99, 10]
    case .notUTF8: component = [99, 0xC3]
    case .noItems: (keys, count) = ([], 0)
    default: break
    }
    var builder = ByteBuilder()
    builder.append([level, 0, self == .reservedByte ? 1 : 0, 0])
    builder.append(count)
    for key in keys {
      builder.append(UInt8(component.count))
      builder.append(UInt16(key.count))
      if level == 1 {
        builder.append(1 as UInt64)
      } else {
        builder.append(UInt32(self == .hugeValue ? (16 << 20) + 1 : 3))
      }
      builder.append(component + key + Digest.zero.bytes)
    }
    for _ in keys { builder.append(1 as UInt64) }
    return builder.bytes
  }

  /// The second leaf, which is good by itself.
  var sibling: [UInt8] {
    let key = StateKey("c", self == .keyAboveNext ? "7" : "x")
    return StateTree.building([StateEntry(key, "abc", at: 1)], chunking: .small).nodes[0]
  }

  /// The payloads, in the order of records.
  var nodes: [[UInt8]] { [leaf, sibling, root(above: leaf)] }

  /// The root in record 22, above the leaves in records 20 and 21.
  func root(above leaf: [UInt8]) -> [UInt8] {
    let isAlone = self == .oneChild
    var builder = ByteBuilder()
    builder.append([1, 0, 0, 0])
    builder.append(UInt32(isAlone ? 1 : 2))
    let count: UInt64 =
      switch self {
      case .otherCount: 2
      case .zeroCount: 0
      case .overflowingCount: UInt64.max - 1
      default: 3
      }
    append(to: &builder, self == .otherLowestKey ? "1" : "0", count, nodeID(ofPayload: leaf))
    if !isAlone {
      let key = self == .keyAboveNext ? "7" : "x"
      append(to: &builder, key, 1, nodeID(ofPayload: sibling))
    }
    let relative: UInt64 = 1 << 63
    let place: UInt64 =
      switch self {
      case .distanceZero: relative
      case .distanceTooLarge: relative | 23
      case .ownPlace: 22
      case .laterPlace: 23
      case .placeOfAnother: 3
      default: relative | 2
      }
    builder.append(place)
    if !isAlone { builder.append(21 as UInt64) }
    return builder.bytes
  }

  private func append(
    to builder: inout ByteBuilder, _ key: String, _ count: UInt64, _ id: Digest
  ) {
    builder.append(1 as UInt8)
    builder.append(UInt16(key.utf8.count))
    builder.append(count)
    builder.append([99] + Array(key.utf8) + id.bytes)
  }
}

/// The id of a payload's identity part, as far as the payload says where that ends.
func nodeID(ofPayload payload: [UInt8]) -> Digest {
  let count = payload.count >= 5 ? Int(payload[4]) * 8 : 0
  return SHA256.hash(Array("intaglio/v1 node\n".utf8) + payload.dropLast(count))
}
