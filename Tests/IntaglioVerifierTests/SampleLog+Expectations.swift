import IntaglioFormat
import IntaglioVerifier

extension SampleLog {
  /// The fields of a frame as the page lays them out, and what a change in each may be called.
  static let frameLayout: [(field: String, range: Range<Int>, kinds: Set<Finding.Kind>)] = [
    ("stored byte count", 0..<4, [.storage]),
    ("encoding", 4..<5, [.storage]),
    ("zeros", 5..<8, [.storage]),
    ("unsynced", 8..<12, [.storage]),
    ("CRC32C", 12..<16, [.storage]),
    ("context", 16..<24, [.entry, .otherLog]),
    ("content byte count", 24..<28, [.entry]),
    ("stream", 28..<32, [.entry]),
    ("kind", 32..<34, [.entry]),
    ("flags", 34..<35, [.entry]),
    ("digest algorithm", 35..<36, [.entry]),
    ("zeros", 36..<48, [.entry]),
    ("content digest", 48..<80, [.entry]),
    ("sequence", 80..<88, [.entry]),
    ("time", 88..<96, [.entry]),
    ("chain value", 96..<128, [.chain]),
  ]

  /// What is expected once the byte at `offset` of the file is `byte` instead of what it was.
  func expectation(changing name: String, at offset: Int, to byte: UInt8) -> Expectation {
    switch name {
    case Self.manifest: return manifestExpectation(changing: offset, to: byte)
    case Self.head: return headExpectation(changing: offset, to: byte)
    default: break
    }
    guard let index = segments.firstIndex(where: { $0.name == name }) else { return .intact }
    let segment = segments[index]
    if offset < Self.headerByteCount {
      return headerExpectation(of: index, changing: offset, to: byte)
    }
    if let frame = frames(of: index).first(where: { $0.range.contains(offset) }) {
      return Expectation(
        verdict: .corrupt, committedCount: frame.batchStart, validCount: frame.sequence,
        places: [
          .init(
            name, frame.offset, frame.sequence, kinds(of: offset - frame.offset, in: frame))
        ],
        badRecords: [frame.sequence])
    }
    if index == segments.count - 1 {
      return Expectation(
        verdict: .tornTail, committedCount: Self.recordCount, validCount: Self.recordCount,
        badRecords: [], residueOffset: segment.endOffset)
    }
    return Expectation(
      verdict: .corrupt, committedCount: Self.recordCount, validCount: Self.recordCount,
      places: [.init(name, segment.endOffset, segments[index + 1].firstSequence, [.storage])],
      badRecords: [])
  }

  private func kinds(of offset: Int, in frame: Frame) -> Set<Finding.Kind> {
    // Fewer or more bytes of a block are a block of another content.
    if frame.isCompressed, offset < 4 { return [.payload, .storage] }
    if let field = Self.frameLayout.first(where: { $0.range.contains(offset) }) {
      // Without a frame behind it, an altered field cannot be told from an altered chain value.
      let isLast = frames(of: frame.segmentIndex).last?.sequence == frame.sequence
      return isLast && field.range.lowerBound >= 16 ? field.kinds.union([.chain]) : field.kinds
    }
    if offset >= 128 + frame.storedByteCount { return [.storage] }
    // There is more than one block for the same content.
    return frame.isCompressed ? [.payload, .storage] : [.payload]
  }

  private func headerExpectation(
    of index: Int, changing offset: Int, to byte: UInt8
  ) -> Expectation {
    let segment = segments[index]
    if (8..<12).contains(offset), version(in: segment.name, 8, changing: offset, to: byte) > 1 {
      return .unsupported(segment.name)
    }
    return Expectation(
      verdict: .corrupt, committedCount: segment.firstSequence, validCount: segment.firstSequence,
      places: [.init(segment.name, 0, segment.firstSequence, [.header])], badRecords: [])
  }

  private func headExpectation(changing offset: Int, to byte: UInt8) -> Expectation {
    let slot = offset / 4096 * 4096
    if (8..<12).contains(offset - slot),
      version(in: Self.head, slot + 8, changing: offset, to: byte) > 1
    {
      return .unsupported(Self.head)
    }
    return headExpectation(invalidSlots: [slot])
  }

  /// The log is whole, and HEAD is not.
  private func headExpectation(invalidSlots: [Int]) -> Expectation {
    var expectation = Expectation.intact
    expectation.places = [.init(Self.head, invalidSlots[0], nil, [.header])]
    return expectation
  }

  private func manifestExpectation(changing offset: Int, to byte: UInt8) -> Expectation {
    let bytes = files[Self.manifest]!
    // The version is the digit before the closing brace.
    if offset == bytes.count - 2, (UInt8(ascii: "2")...UInt8(ascii: "9")).contains(byte) {
      return .unsupported(Self.manifest)
    }
    return badManifest([.header, .otherLog])
  }

  private func badManifest(_ kinds: Set<Finding.Kind>) -> Expectation {
    Expectation(
      verdict: .corrupt, committedCount: Self.recordCount, validCount: Self.recordCount,
      places: [.init(Self.manifest, 0, nil, kinds)], badRecords: [])
  }

  private func version(
    in name: String, _ start: Int, changing offset: Int, to byte: UInt8
  ) -> Int {
    var bytes = files[name]!
    bytes[offset] = byte
    return integer(bytes, at: start, byteCount: 4)
  }
}

extension SampleLog {
  /// What is expected once the file has `length` bytes, fewer than it had.
  func expectation(truncating name: String, to length: Int) -> Expectation {
    switch name {
    case Self.manifest: return badManifest([.header])
    case Self.head: return headExpectation(invalidSlots: length < 4096 ? [0, 4096] : [4096])
    default: break
    }
    guard let index = segments.firstIndex(where: { $0.name == name }) else { return .intact }
    let segment = segments[index]
    if length < Self.headerByteCount {
      return Expectation(
        verdict: .corrupt, committedCount: segment.firstSequence,
        validCount: segment.firstSequence,
        places: [.init(name, 0, segment.firstSequence, [.header])])
    }
    let size = Expectation.Place(name, length, nil, [.storage])
    guard let cut = frames(of: index).first(where: { $0.range.upperBound > length }) else {
      return Expectation(
        verdict: .corrupt, committedCount: Self.recordCount, validCount: Self.recordCount,
        places: [size], badRecords: [])
    }
    let isCorrupt = hasResidue(from: cut.batchStart, in: index, upTo: length)
    // Of whole frames that lack the rest of their batch nothing more is said.
    let isBatchCut = isCorrupt && cut.offset == length
    return Expectation(
      verdict: isCorrupt ? .corrupt : .truncated, committedCount: cut.batchStart,
      validCount: cut.sequence, places: [size],
      named: isBatchCut ? [] : [cut.sequence, cut.batchStart])
  }

  /// Whether anything stands behind the records before `sequence`, where segment `index` ends at `length`.
  private func hasResidue(from sequence: Int, in index: Int, upTo length: Int) -> Bool {
    if index < segments.count - 1 { return true }
    let rest = frames[sequence].offset..<max(length, frames[sequence].offset)
    return files[segments[index].name]![rest].contains { $0 != 0 }
  }

  /// What is expected once more bytes stand behind the end of the file, whichever.
  func expectation(lengthening name: String) -> Expectation {
    if name == Self.manifest { return badManifest([.header]) }
    var expectation = Expectation.intact
    if name != Self.head {
      expectation = Expectation(
        verdict: .corrupt, committedCount: Self.recordCount, validCount: Self.recordCount,
        badRecords: [])
    }
    expectation.places = [.init(name, files[name]!.count, nil, [.storage])]
    return expectation
  }

  /// What is expected once a file is gone.
  func expectation(removing name: String) -> Expectation {
    switch name {
    case Self.manifest: return badManifest([.missing])
    case Self.head:
      var expectation = Expectation.intact
      expectation.places = [.init(Self.head, 0, nil, [.missing])]
      return expectation
    default: break
    }
    guard let index = segments.firstIndex(where: { $0.name == name }) else { return .intact }
    return expectation(removing: [index])
  }

  /// What is expected once segment files are gone.
  func expectation(removing indices: Set<Int>) -> Expectation {
    let index = indices.min()!
    let segment = segments[index]
    var places = [Expectation.Place(segment.name, 0, segment.firstSequence, [.missing])]
    if index > 0 {
      let before = segments[index - 1]
      places.append(.init(before.name, before.endOffset, segment.firstSequence, [.missing]))
    }
    return Expectation(
      verdict: (index..<segments.count).allSatisfy(indices.contains) ? .truncated : .corrupt,
      committedCount: segment.firstSequence, validCount: segment.firstSequence, places: places)
  }
}
