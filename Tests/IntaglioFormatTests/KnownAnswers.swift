import IntaglioFormat

/// Bytes that were computed from FileFormat with other tools (Python: hashlib, struct and a CRC of eight lines), never by
/// the code under test.
enum KnownAnswers {
  static let logID = LogID(bytes: [UInt8](0..<16))!
  static let context = "6f714b0c513b7f46"
  static let genesis = "54f3ac4d89606a1ad33b1a3bfebcf7bc7642652c5629376794c5ccd19197fa6d"
  static let nonce: UInt64 = 0x1122_3344_5566_7788

  /// Record 0: the manifest, raw, committing.
  static let rawFrame = bytes(
    """
    740000000100000000000000be099d996f714b0c513b7f46740000000000000001000101000000000000\
    00000000000093c88800d32332dc3948d37f5a031c1288db774448818073fdf2f3e88c64c39000000000\
    000000000000faced24c091806e22ca996263137df62539cffcad5ff2c954a68951448495874f35b5722\
    e95a7b22666f726d6174223a22696e7461676c696f222c226964223a2230303031303230333034303530\
    36303730383039306130623063306430653066222c226f726967696e223a226578616d706c652e636f6d\
    2f6c6f67222c227365616c696e67223a66616c73652c2276657273696f6e223a317d00000000
    """)

  /// Record 1: a hundred times "a" as an LZ4 block, in stream 7, of kind 256, at the segment's position 248.
  static let lz4Frame = bytes(
    """
    0b00000002000000ffffffffb832b1a26f714b0c513b7f46640000000700000000010201000000000000\
    0000000000002816597888e4a0d3a36b82b83316ab32680eb8f00f8cd3b904d681246d285a0e01000000\
    000000000100faced24c09185fdbe7b1e624b7e37855aa0946b1d2a86ebb71268daa740dbdf29aa11de0\
    6e941f6101004b5061616161610000000000
    """)

  /// A segment header's last 32 bytes: number 3, first sequence 1000, capacity 1 MiB, the nonce above, and
  /// genesis as chain value.
  static let segmentHeaderDigest =
    "430666e7494f1ea0debeeceae02e207b14982cd71d0816f85f58cc59ac33a31d"

  /// The fields of a slot of HEAD: clean, generation 5, epoch 2, written 12, durable 10, segment 8, offset 5000,
  /// genesis as chain value, and the boot id 10111213 to 1f.
  static let headSlot = bytes(
    """
    494e5441484541440100000001000000000102030405060708090a0b0c0d0e0f05000000000000000200\
    0000000000000c000000000000000a000000000000000800000000000000881300000000000054f3ac4d\
    89606a1ad33b1a3bfebcf7bc7642652c5629376794c5ccd19197fa6d101112131415161718191a1b1c1d\
    1e1f860a8d119dbe17d184e60e1978ae4a661613741102b76fc89863910bb4878e4b
    """)

  private static func bytes(_ hex: String) -> [UInt8] { [UInt8](hex: hex)! }
}
