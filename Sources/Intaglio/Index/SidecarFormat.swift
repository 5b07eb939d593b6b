internal import IntaglioFormat

/// The bytes of a sidecar: the index of a sealed segment.
///
/// FileFormat, "Sidecars".
///
/// A header of 128 bytes, then sections one after the other, each beginning at a multiple of 8. Everything can be
/// rebuilt from the segment, so a reader that finds anything unexpected throws the file away.
enum SidecarFormat {
  static let magic: StaticString = "INTAINDX"
  static let headerByteCount = 128
  /// Stands for the highest number declared so far where that is not known.
  static let unknownStream = UInt32.max

  /// What ties a sidecar to its segment.
  struct Identity: Hashable {
    var logID: LogID
    var firstSequence: SequenceNumber
    var nonce: UInt64
    var revision: UInt64

    init(_ header: SegmentHeader) {
      logID = header.logID
      firstSequence = header.firstSequence
      nonce = header.nonce
      revision = header.revision
    }
  }

  enum Section: Int, CaseIterable {
    /// u32: the beginning of every 64th frame, in units of 8 bytes
    case bases
    /// u8 a frame
    case strides
    /// u32 ordinal, u32 stride
    case exceptions
    /// of each stream, ascending: u32 number, count, first ordinal, offset of its bytes, offset of its skips, zero
    case streams
    case postings
    /// u32 ordinal, u32 offset from the stream's bytes
    case skips
    /// u32 ordinal of the declaring record, by number
    case declarations
    /// u64 hash of the name, u32 number, zero; ascending
    case names
  }

  static func encode(_ contents: IndexContents, _ identity: Identity) -> [UInt8] {
    var sections = [[UInt8]](repeating: [], count: Section.allCases.count)
    for base in contents.offsets.bases { sections[Section.bases.rawValue].append(integer: base) }
    sections[Section.strides.rawValue] = contents.offsets.strides
    for exception in contents.offsets.exceptions {
      sections[Section.exceptions.rawValue].append(integer: exception.ordinal)
      sections[Section.exceptions.rawValue].append(integer: exception.stride)
    }
    for (stream, list) in contents.streams {
      let row: [UInt32] = [
        stream.rawValue, UInt32(list.count), list.first,
        UInt32(sections[Section.postings.rawValue].count),
        UInt32(sections[Section.skips.rawValue].count), 0,
      ]
      for field in row { sections[Section.streams.rawValue].append(integer: field) }
      sections[Section.postings.rawValue].append(contentsOf: list.bytes)
      for skip in list.skips {
        sections[Section.skips.rawValue].append(integer: skip.ordinal)
        sections[Section.skips.rawValue].append(integer: skip.offset)
      }
    }
    for declaration in contents.declarations {
      sections[Section.declarations.rawValue].append(integer: declaration.ordinal)
    }
    let names = contents.declarations.map { (hash(of: $0.name), $0.number.rawValue) }.sorted(by: <)
    for (hash, number) in names {
      sections[Section.names.rawValue].append(integer: hash)
      sections[Section.names.rawValue].append(integer: number)
      sections[Section.names.rawValue].append(integer: UInt32(0))
    }
    return join(sections, contents, identity)
  }

  private static func join(
    _ sections: [[UInt8]], _ contents: IndexContents, _ identity: Identity
  ) -> [UInt8] {
    var file = ByteBuilder()
    file.append(magic)
    file.append(Format.version)
    file.append(UInt32(contents.count))
    file.append(identity.logID.bytes)
    file.append(identity.firstSequence.rawValue)
    file.append(identity.nonce)
    file.append(identity.revision)
    file.append(contents.earliest.nanoseconds)
    file.append(contents.latest.nanoseconds)
    file.append(contents.declarations.first?.number.rawValue ?? 0)
    file.append(contents.highestStream?.rawValue ?? unknownStream)
    for section in sections { file.append(UInt32(section.count)) }
    file.appendZeros(upTo: headerByteCount)
    for section in sections {
      file.append(section)
      file.appendZeros(upTo: rounded(file.bytes.count, upTo: 8))
    }
    var crc = CRC32C()
    crc.update(file.bytes.rawSpan)
    file.append(UInt64(crc.value))
    return file.bytes
  }

  /// FNV-1a, 64 bits: only a hint, the name itself is in the record.
  static func hash(of name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
