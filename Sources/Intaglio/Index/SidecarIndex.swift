internal import IntaglioFormat
internal import IntaglioStorage

/// The index of a sealed segment, read from its mapped sidecar.
final class SidecarIndex: SegmentIndex {
  let count: Int
  private let mapping: Mapping
  private let sections: [Range<Int>]
  private let bases: Range<Int>
  private let strides: Range<Int>
  private let firstDeclared: UInt32
  private let earliest: Timestamp
  private let latest: Timestamp

  /// Nil if the file is not the sidecar of the segment that `identity` names, or in any way not as it should be.
  init?(_ mapping: Mapping, _ identity: SidecarFormat.Identity, count: Int?) {
    let bytes = mapping.bytes
    let size = bytes.byteCount
    guard size >= SidecarFormat.headerByteCount + 8, size % 8 == 0,
      bytes.extracting(0..<8).array == Array("INTAINDX".utf8),
      bytes.integer(at: 8) == Format.version,
      bytes.extracting(16..<32).array == identity.logID.bytes,
      bytes.integer(at: 32) == identity.firstSequence.rawValue,
      bytes.integer(at: 40) == identity.nonce, bytes.integer(at: 48) == identity.revision
    else { return nil }
    var crc = CRC32C()
    crc.update(bytes.extracting(0..<size - 8))
    guard bytes.integer(at: size - 8) == UInt64(crc.value) else { return nil }
    let recordCount = Int(bytes.integer(at: 12) as UInt32)
    if let count, count != recordCount { return nil }
    var sections: [Range<Int>] = []
    var offset = SidecarFormat.headerByteCount
    for section in SidecarFormat.Section.allCases {
      let byteCount = Int(bytes.integer(at: 80 + section.rawValue * 4) as UInt32)
      guard byteCount <= size - 8 - offset else { return nil }
      sections.append(offset..<offset + byteCount)
      offset = rounded(offset + byteCount, upTo: 8)
    }
    let blockCount = (recordCount + FrameOffsets.blockCount - 1) / FrameOffsets.blockCount
    bases = sections[SidecarFormat.Section.bases.rawValue]
    strides = sections[SidecarFormat.Section.strides.rawValue]
    guard strides.count == recordCount, bases.count == blockCount * 4 else { return nil }
    self.count = recordCount
    self.mapping = mapping
    self.sections = sections
    earliest = Timestamp(nanoseconds: bytes.integer(at: 56))
    latest = Timestamp(nanoseconds: bytes.integer(at: 64))
    firstDeclared = bytes.integer(at: 72)
  }

  private func word(_ section: SidecarFormat.Section, at index: Int) -> UInt32 {
    let range = sections[section.rawValue]
    guard index >= 0, (index + 1) * 4 <= range.count else { return 0 }
    return integer(at: range.lowerBound + index * 4)
  }

  private func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> T {
    let mapping = mapping
    return mapping.bytes.integer(at: offset)
  }

  private func wordCount(_ section: SidecarFormat.Section) -> Int {
    sections[section.rawValue].count / 4
  }

  func offset(of ordinal: Int) -> Int? {
    guard ordinal < count else { return nil }
    let mapping = mapping
    let block = ordinal / FrameOffsets.blockCount
    let start = block * FrameOffsets.blockCount
    let (sum, hasEscape) = FrameOffsets.sum(
      ofStrides: strides.lowerBound + start..<strides.lowerBound + ordinal, in: mapping.bytes)
    let base: UInt32 = integer(at: bases.lowerBound + block * 4)
    var units = Int(base) + (ordinal - start) * (FrameHeader.byteCount / 8) + sum
    if hasEscape {
      let count = wordCount(.exceptions) / 2
      var index = (0..<count).partitioningIndex { Int(word(.exceptions, at: $0 * 2)) >= start }
      while index < count, Int(word(.exceptions, at: index * 2)) < ordinal {
        units += Int(word(.exceptions, at: index * 2 + 1)) - Int(FrameOffsets.escape)
        index += 1
      }
    }
    return units * 8
  }

  /// A stream's row, read.
  private struct Row {
    var count: Int
    var first: UInt32
    var bytes: Int
    var skips: Int

    var blockCount: Int { (count + PostingList.blockCount - 1) / PostingList.blockCount }
  }

  private func row(of stream: StreamNumber) -> Row? {
    let rows = wordCount(.streams) / 6
    let index = (0..<rows).partitioningIndex { word(.streams, at: $0 * 6) >= stream.rawValue }
    guard index < rows, word(.streams, at: index * 6) == stream.rawValue else { return nil }
    return row(at: index)
  }

  private func row(at index: Int) -> Row {
    Row(
      count: Int(word(.streams, at: index * 6 + 1)), first: word(.streams, at: index * 6 + 2),
      bytes: Int(word(.streams, at: index * 6 + 3)),
      skips: Int(word(.streams, at: index * 6 + 4)) / 4)
  }

  private func blockIndex(of ordinal: UInt32, in row: Row) -> Int {
    (0..<max(0, row.blockCount - 1)).partitioningIndex {
      word(.skips, at: row.skips + $0 * 2) > ordinal
    }
  }

  private func block(_ index: Int, of row: Row) -> [UInt32] {
    guard index < row.blockCount else { return [] }
    let skip =
      index == 0
      ? PostingList.Skip(ordinal: row.first, offset: 0)
      : PostingList.Skip(
        ordinal: word(.skips, at: row.skips + (index - 1) * 2),
        offset: word(.skips, at: row.skips + (index - 1) * 2 + 1))
    let range = sections[SidecarFormat.Section.postings.rawValue]
    let start = range.lowerBound + row.bytes
    guard start <= range.upperBound else { return [] }
    let mapping = mapping
    return PostingList.decode(
      mapping.bytes.extracting(start..<range.upperBound), from: skip,
      count: min(PostingList.blockCount, row.count - index * PostingList.blockCount))
  }

  func count(of stream: StreamNumber) -> Int { row(of: stream)?.count ?? 0 }

  func ordinals(of stream: StreamNumber, from ordinal: UInt32) -> [UInt32] {
    guard let row = row(of: stream) else { return [] }
    let index = blockIndex(of: ordinal, in: row)
    var block = block(index, of: row)
    if let last = block.last, last < ordinal { block = self.block(index + 1, of: row) }
    return Array(block.drop { $0 < ordinal })
  }

  func ordinals(of stream: StreamNumber, below ordinal: UInt32) -> [UInt32] {
    guard ordinal > 0, let row = row(of: stream) else { return [] }
    return block(blockIndex(of: ordinal - 1, in: row), of: row).filter { $0 < ordinal }
  }

  var times: ClosedRange<Timestamp>? { earliest <= latest ? earliest...latest : nil }

  func declarations(named name: String) -> [(StreamNumber, ordinal: UInt32)] {
    let range = sections[SidecarFormat.Section.names.rawValue]
    let count = range.count / 16
    let hash = SidecarFormat.hash(of: name)
    var index = (0..<count).partitioningIndex {
      integer(at: range.lowerBound + $0 * 16) as UInt64 >= hash
    }
    var found: [(StreamNumber, ordinal: UInt32)] = []
    while index < count, integer(at: range.lowerBound + index * 16) as UInt64 == hash {
      let number = StreamNumber(integer(at: range.lowerBound + index * 16 + 8))
      if let ordinal = declaration(of: number) { found.append((number, ordinal)) }
      index += 1
    }
    return found
  }

  func declaration(of stream: StreamNumber) -> UInt32? {
    guard firstDeclared > 0, stream.rawValue >= firstDeclared,
      Int(stream.rawValue - firstDeclared) < wordCount(.declarations)
    else { return nil }
    return word(.declarations, at: Int(stream.rawValue - firstDeclared))
  }

  var lastDeclared: StreamNumber? {
    let count = wordCount(.declarations)
    return count > 0 ? StreamNumber(firstDeclared + UInt32(count) - 1) : nil
  }

  var highestStream: StreamNumber? {
    let number: UInt32 = integer(at: 76)
    return number == SidecarFormat.unknownStream ? nil : StreamNumber(number)
  }

  var streamCounts: [(StreamNumber, count: Int)] {
    (0..<wordCount(.streams) / 6).map {
      (StreamNumber(word(.streams, at: $0 * 6)), row(at: $0).count)
    }
  }
}
