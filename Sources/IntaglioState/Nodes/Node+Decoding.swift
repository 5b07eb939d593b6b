internal import IntaglioFormat

extension Node {
  /// The node in the payload of the record at `sequence`.
  ///
  /// - Throws: `invalid`, if the bytes are not exactly a node.
  init(decoding payload: RawSpan, at sequence: SequenceNumber) throws(FormatError) {
    try self.init(payload, at: sequence, hasPlaces: true)
  }

  /// The node of which only the identity part is there; what it names has no places.
  ///
  /// - Throws: `invalid`, if the bytes are not exactly the identity part of a node.
  init(identity: RawSpan) throws(FormatError) {
    try self.init(identity, at: 0, hasPlaces: false)
  }

  private init(
    _ bytes: RawSpan, at sequence: SequenceNumber, hasPlaces: Bool
  ) throws(FormatError) {
    let header = try NodeHeader(bytes)
    let table = try ItemTable(bytes, header)
    let placesByteCount = hasPlaces ? header.count * 8 : 0
    guard bytes.byteCount - table.starts[header.count] == placesByteCount else {
      throw .invalid(
        "behind \(header.count) items are \(bytes.byteCount - table.starts[header.count]) bytes, "
          + "not \(placesByteCount)")
    }
    if hasPlaces {
      try checkPlaces(
        bytes.extracting(table.starts[header.count]...), of: sequence, isLeaf: header.level == 0)
    }
    level = header.level
    self.sequence = sequence
    id = nodeID(of: bytes.extracting(0..<table.starts[header.count]))
    entryCount = table.entryCount
    payload = bytes.array
    starts = table.starts
  }
}

private struct NodeHeader {
  var level: Int
  var count: Int

  init(_ bytes: RawSpan) throws(FormatError) {
    guard bytes.byteCount >= NodeLimits.headerByteCount else {
      throw .invalid("a node has 8 bytes or more, here are \(bytes.byteCount)")
    }
    guard bytes.extracting(1..<4).isZero else { throw .invalid("the reserved bytes are not zero") }
    level = Int(bytes.integer(at: 0, as: UInt8.self))
    guard level <= NodeLimits.level else { throw .invalid("there is no level \(level)") }
    // At least as many bytes as items follow: the count allocates no more than the bytes do.
    count = Int(bytes.integer(at: 4, as: UInt32.self))
    guard count <= bytes.byteCount / Item.idByteCount, count > 0 || level == 0 else {
      throw .invalid("a node of \(bytes.byteCount) bytes cannot have \(count) items")
    }
  }
}

/// Where the items begin and end, each one checked by itself and against the one before.
private struct ItemTable {
  var starts: [Int] = []
  var entryCount: UInt64 = 0

  init(_ bytes: RawSpan, _ header: NodeHeader) throws(FormatError) {
    starts.reserveCapacity(header.count + 1)
    starts.append(NodeLimits.headerByteCount)
    let fixed = Item.fixedByteCount(level: header.level)
    let end = min(bytes.byteCount, NodeLimits.identityByteCount)
    var previous = 0..<0
    var previousComponent = 0
    for _ in 0..<header.count {
      let start = starts[starts.count - 1]
      guard end - start >= fixed else { throw .invalid("the items lead out of the node") }
      let component = Int(bytes.integer(at: start, as: UInt8.self))
      let keyByteCount = Int(bytes.integer(at: start + 1, as: UInt16.self))
      guard component <= Limits.stateComponentByteCount,
        Limits.stateKeyByteCounts.contains(keyByteCount)
      else {
        throw .invalid(
          "an item with a component of \(component) and a key of \(keyByteCount) bytes")
      }
      let key = start + fixed..<start + fixed + component + keyByteCount
      guard end - key.upperBound >= Item.idByteCount else {
        throw .invalid("the items lead out of the node")
      }
      try count(bytes, measureAt: start + 3, isLeaf: header.level == 0)
      try Self.check(
        bytes.extracting(key), component, after: bytes.extracting(previous), previousComponent)
      (previous, previousComponent) = (key, component)
      starts.append(key.upperBound + Item.idByteCount)
    }
  }

  private mutating func count(
    _ bytes: RawSpan, measureAt offset: Int, isLeaf: Bool
  ) throws(FormatError) {
    if isLeaf {
      let valueByteCount = bytes.integer(at: offset, as: UInt32.self)
      guard valueByteCount <= Limits.stateValueByteCount else {
        throw .invalid("a value cannot have \(valueByteCount) bytes")
      }
      entryCount += 1
    } else {
      let subtree: UInt64 = bytes.integer(at: offset)
      guard subtree > 0, subtree <= NodeLimits.entryCount - entryCount else {
        throw .invalid("a subtree cannot have \(subtree) entries")
      }
      entryCount += subtree
    }
  }

  /// - Parameters: component and key joined, each with the component's byte count.
  private static func check(
    _ key: RawSpan, _ component: Int, after previous: RawSpan, _ previousComponent: Int
  ) throws(FormatError) {
    let isSameComponent =
      component == previousComponent
      && key.extracting(0..<component).elementsEqual(previous.extracting(0..<previousComponent))
    if !isSameComponent || component == 0 {
      guard
        let text = String(validating: key.extracting(0..<component).array, as: UTF8.self),
        StateKey.isValidComponent(text)
      else {
        throw .invalid("a component is not 1 to 64 printable ASCII characters")
      }
    }
    guard StateKey.order(previous, previousComponent, key, component) < 0 else {
      throw .invalid("the keys are not ascending")
    }
  }
}

/// Checks that every place is one: children in earlier records than the node's own, at `sequence`.
private func checkPlaces(
  _ places: RawSpan, of sequence: SequenceNumber, isLeaf: Bool
) throws(FormatError) {
  for offset in stride(from: 0, to: places.byteCount, by: 8) {
    let place: UInt64 = places.integer(at: offset)
    let isRelative = place & Place.relativeFlag != 0
    let distance = place ^ Place.relativeFlag
    guard
      isRelative
        ? distance > 0 && distance <= sequence.rawValue
        : isLeaf || place < sequence.rawValue
    else { throw .invalid("the place \(place) is not one before record \(sequence)") }
  }
}
