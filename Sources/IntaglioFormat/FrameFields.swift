internal import CHash

/// Where the fields of a frame are stored, for those who build frames.
///
/// FileFormat, "A frame". `frame` is where it begins, `block` its bytes 16 to 79, which are hashed before the place is known.
/// The caller has made sure of the memory.
enum FrameFields {
  static func storeLengths(
    of storedByteCount: Int, _ encoding: FrameEncoding, in frame: UnsafeMutableRawPointer
  ) {
    let word = UInt64(storedByteCount) | UInt64(encoding.rawValue) << 32
    unsafe frame.storeBytes(of: word.littleEndian, as: UInt64.self)
  }

  /// The CRC of the first stored bytes, if they are the content, of whose sum `crc` is.
  static func storedCRC(_ crc: UInt32, in frame: UnsafeRawPointer) -> PartialCRC {
    let lengths = unsafe UInt64(littleEndian: frame.load(as: UInt64.self))
    let isRaw = UInt8(truncatingIfNeeded: lengths >> 32) == FrameEncoding.raw.rawValue
    return isRaw
      ? PartialCRC(crc, ofBlocksIn: Int(UInt32(truncatingIfNeeded: lengths))) : .none
  }

  static func storeContext(_ context: UInt64, in block: UnsafeMutableRawPointer) {
    unsafe block.storeBytes(of: context, as: UInt64.self)
  }

  /// Everything between context and digest.
  static func storeKind(
    stream: StreamNumber, kind: RecordKind, flags: FrameFlags, contentByteCount: Int,
    in block: UnsafeMutableRawPointer
  ) {
    let lengthAndStream = UInt64(contentByteCount) | UInt64(stream.rawValue) << 32
    let tail = UInt64(kind.rawValue) | UInt64(flags.rawValue) << 16 | 1 << 24
    unsafe block.storeBytes(of: lengthAndStream.littleEndian, toByteOffset: 8, as: UInt64.self)
    unsafe block.storeBytes(of: tail.littleEndian, toByteOffset: 16, as: UInt64.self)
    unsafe block.storeBytes(of: 0, toByteOffset: 24, as: UInt64.self)
  }

  static func addFlags(_ flags: FrameFlags, in block: UnsafeMutableRawPointer) {
    let present = unsafe block.load(fromByteOffset: 18, as: UInt8.self)
    unsafe block.storeBytes(of: present | flags.rawValue, toByteOffset: 18, as: UInt8.self)
  }

  static func storeDigest(_ digest: Digest, in block: UnsafeMutableRawPointer) {
    unsafe (block + 32).storeBytes(of: digest.words, as: InlineArray<4, UInt64>.self)
  }

  /// The bytes 80 to 127.
  static func storePlace(
    _ sequence: SequenceNumber, _ time: Timestamp, _ chain: Digest,
    in frame: UnsafeMutableRawPointer
  ) {
    unsafe frame.storeBytes(of: sequence.rawValue.littleEndian, toByteOffset: 80, as: UInt64.self)
    unsafe frame.storeBytes(of: time.nanoseconds.littleEndian, toByteOffset: 88, as: UInt64.self)
    unsafe (frame + 96).storeBytes(of: chain.words, as: InlineArray<4, UInt64>.self)
  }

  /// Stores `unsynced` and, last of all, the CRC, which covers the stored bytes and the bytes 0 to 11.
  ///
  /// - Parameters:
  ///   - paddedByteCount: the stored bytes with their padding.
  ///   - crc: of the first of the stored bytes, where it is known.
  static func seal(
    _ frame: UnsafeMutableRawPointer, paddedByteCount: Int, continuing crc: PartialCRC,
    unsynced: UInt32, nonce: UInt64
  ) {
    unsafe frame.storeBytes(of: unsynced.littleEndian, toByteOffset: 8, as: UInt32.self)
    let rest = unsafe frame + FrameHeader.byteCount + crc.byteCount
    let crc = unsafe chash_crc32c_joined(
      crc.value, rest, paddedByteCount - crc.byteCount, frame, 12, nonce)
    unsafe frame.storeBytes(of: crc.littleEndian, toByteOffset: 12, as: UInt32.self)
  }
}
