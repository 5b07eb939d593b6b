internal import CIntaglio
internal import Intaglio
internal import IntaglioFormat

// How receipts, records and JSON get to C.

/// Does what a function does that gives a receipt.
func receive(
  _ out: UnsafeMutablePointer<intaglio_receipt>?, _ error: UnsafeMutablePointer<OpaquePointer?>?,
  _ body: () throws -> Receipt
) -> CInt {
  unsafe out?.pointee = intaglio_receipt()
  return unsafe attempt(error) {
    let receipt = try body()
    guard let out = unsafe out else { return }
    unsafe out.pointee.first = receipt.sequences.lowerBound.rawValue
    unsafe out.pointee.last = receipt.sequence.rawValue
    unsafe withUnsafeMutablePointer(to: &out.pointee.chain) {
      unsafe UnsafeMutableRawPointer($0).copy(receipt.chain)
    }
  }
}

/// Does what a function does that gives JSON.
func answer(
  _ out: UnsafeMutablePointer<intaglio_bytes>?, _ error: UnsafeMutablePointer<OpaquePointer?>?,
  _ body: () throws -> JSON
) -> CInt {
  unsafe out?.pointee = intaglio_bytes()
  return unsafe attempt(error) { unsafe give(try body().textBytes, out) }
}

/// Does what a function does that gives a record.
func read(
  _ out: UnsafeMutablePointer<intaglio_record>?, _ error: UnsafeMutablePointer<OpaquePointer?>?,
  _ body: () throws -> Record
) -> CInt {
  unsafe out?.pointee = intaglio_record()
  return unsafe attempt(error) {
    let record = try body()
    guard let out = unsafe out else { return }
    unsafe out.pointee.sequence = record.sequence.rawValue
    unsafe out.pointee.time = record.time.nanoseconds
    unsafe out.pointee.payload_count = UInt64(record.payloadByteCount)
    unsafe out.pointee.stream = record.stream.rawValue
    unsafe out.pointee.kind = record.kind.rawValue
    unsafe out.pointee.flags =
      (record.isSalted ? INTAGLIO_SALTED : 0) | (record.isErased ? INTAGLIO_ERASED : 0)
    unsafe withUnsafeMutablePointer(to: &out.pointee.digest) {
      unsafe UnsafeMutableRawPointer($0).copy(record.contentDigest)
    }
    unsafe withUnsafeMutablePointer(to: &out.pointee.chain) {
      unsafe UnsafeMutableRawPointer($0).copy(record.chain)
    }
    unsafe record.payload.withUnsafeBytes { payload in
      unsafe withUnsafeMutablePointer(to: &out.pointee.payload) { unsafe give(payload, $0) }
    }
  }
}

extension UnsafeMutableRawPointer {
  /// Writes the 32 bytes of `digest`.
  func copy(_ digest: Digest) {
    let bytes = digest.bytes
    unsafe copyMemory(from: bytes, byteCount: bytes.count)
  }
}
