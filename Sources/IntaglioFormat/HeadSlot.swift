/// One of the two slots of HEAD: how far a log is written and durable.
///
/// FileFormat, "HEAD".
package struct HeadSlot: Hashable, Sendable {
  package static let byteCount = 4096
  package static let fileByteCount = 8192
  package static let fieldsByteCount = 160

  package var logID: LogID
  package var isClean: Bool
  package var generation: UInt64
  package var epoch: UInt64
  package var writtenCount: UInt64
  package var durableCount: UInt64
  /// The first sequence of the segment in which the durable records end.
  package var durableSegment: SequenceNumber
  /// The end of the durable frames in that segment's file.
  package var durableOffset: ByteOffset
  package var durableChain: Digest
  package var bootID: [UInt8]

  package init(
    logID: LogID, isClean: Bool, generation: UInt64, epoch: UInt64, writtenCount: UInt64,
    durableCount: UInt64, durableSegment: SequenceNumber, durableOffset: ByteOffset,
    durableChain: Digest, bootID: [UInt8]
  ) {
    precondition(bootID.count == 16, "a boot id has 16 bytes")
    self.logID = logID
    self.isClean = isClean
    self.generation = generation
    self.epoch = epoch
    self.writtenCount = writtenCount
    self.durableCount = durableCount
    self.durableSegment = durableSegment
    self.durableOffset = durableOffset
    self.durableChain = durableChain
    self.bootID = bootID
  }

  /// Where in the file this generation is written.
  package var fileOffset: ByteOffset { ByteOffset((generation % 2) * UInt64(Self.byteCount)) }

  /// The 160 bytes that carry fields; the rest of the slot is zero.
  package var encoded: [UInt8] {
    var slot = ByteBuilder()
    slot.append("INTAHEAD")
    slot.append(Format.version)
    slot.append(UInt32(isClean ? 1 : 0))
    slot.append(logID.bytes)
    slot.append(generation)
    slot.append(epoch)
    slot.append(writtenCount)
    slot.append(durableCount)
    slot.append(durableSegment.rawValue)
    slot.append(durableOffset.rawValue)
    slot.append(durableChain.bytes)
    slot.append(bootID)
    slot.append(SHA256.hash(slot.bytes).bytes)
    return slot.bytes
  }

  /// Decodes the slot that begins `bytes`; it must have the whole slot.
  package init(decoding bytes: RawSpan) throws(FormatError) {
    guard bytes.byteCount >= Self.byteCount else {
      throw .invalid("a slot of HEAD has 4096 bytes, here are \(bytes.byteCount)")
    }
    guard bytes.extracting(0..<8).array == Array("INTAHEAD".utf8) else {
      throw .invalid("a slot of HEAD begins with INTAHEAD")
    }
    try Format.checkVersion(bytes.integer(at: 8))
    guard SHA256.hash(bytes.extracting(0..<128)) == Digest(bytes, at: 128) else {
      throw .invalid("the slot of HEAD does not match its digest")
    }
    let flags: UInt32 = bytes.integer(at: 12)
    guard flags <= 1, bytes.extracting(Self.fieldsByteCount..<Self.byteCount).isZero else {
      throw .invalid("the slot of HEAD has reserved bytes that are not zero")
    }
    logID = LogID(bytes: bytes.extracting(16..<32).array)!
    isClean = flags == 1
    generation = bytes.integer(at: 32)
    epoch = bytes.integer(at: 40)
    writtenCount = bytes.integer(at: 48)
    durableCount = bytes.integer(at: 56)
    durableSegment = SequenceNumber(bytes.integer(at: 64))
    durableOffset = ByteOffset(bytes.integer(at: 72) as UInt64)
    durableChain = Digest(bytes, at: 80)
    bootID = bytes.extracting(112..<128).array
    guard durableCount <= writtenCount, durableSegment.rawValue <= durableCount,
      durableOffset.rawValue >= UInt64(SegmentHeader.byteCount)
    else { throw .invalid("the slot of HEAD contradicts itself") }
  }
}

/// What the bytes of HEAD say: the slot that counts, and what is wrong with the other or with both.
package struct Head: Sendable {
  /// The valid slot with the highest generation.
  package let newest: HeadSlot?
  /// What is wrong with each slot, at its index.
  package let defects: [FormatError?]

  /// Reads both slots of `bytes`; a file that is too short is invalid where it ends.
  package init(decoding bytes: RawSpan) {
    var newest: HeadSlot?
    var defects: [FormatError?] = []
    for index in 0..<2 {
      let offset = min(index * HeadSlot.byteCount, bytes.byteCount)
      do throws(FormatError) {
        let slot = try HeadSlot(decoding: bytes.extracting(offset..<bytes.byteCount))
        guard slot.generation % 2 == UInt64(index) else {
          throw .invalid("the slot of HEAD holds a generation of the other slot")
        }
        if slot.generation >= newest?.generation ?? 0 { newest = slot }
        defects.append(nil)
      } catch {
        defects.append(error)
      }
    }
    self.newest = newest
    self.defects = defects
  }

  /// The version that a slot names, if it is newer than this program's.
  package var unsupportedVersion: UInt32? {
    for case .unsupportedVersion(let version)? in defects { return version }
    return nil
  }
}
