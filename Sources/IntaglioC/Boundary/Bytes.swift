public import CIntaglio
internal import IntaglioFormat
internal import SystemPackage

// Bytes and texts that come from C are held against their counts and copied; those that go to C are C's.

/// The bytes that C points to.
func bytes(
  _ data: UnsafePointer<UInt8>?, _ count: Int, _ what: String
) throws(Failure) -> UnsafeBufferPointer<UInt8> {
  // A count is a size_t: what is above half of the address space is negative here.
  guard count >= 0 else {
    throw .invalid("the count of bytes of the \(what) is above all that memory has")
  }
  guard unsafe data != nil || count == 0 else {
    throw .invalid("the \(what) is NULL and its count of bytes is \(count)")
  }
  return unsafe UnsafeBufferPointer(start: data, count: count)
}

/// The text that C points to.
func text(
  _ data: UnsafePointer<CChar>?, _ count: Int, _ what: String
) throws(Failure) -> String {
  let bytes = unsafe try bytes(raw(data), count, what)
  guard let text = unsafe String(validating: bytes, as: UTF8.self) else {
    throw .invalid("the \(what) is not UTF-8")
  }
  return text
}

/// The path that C points to: any bytes but NUL.
func path(_ data: UnsafePointer<CChar>?, _ count: Int) throws(Failure) -> FilePath {
  let bytes = unsafe try bytes(raw(data), count, "path")
  guard unsafe !(bytes.isEmpty || bytes.contains(0)) else {
    throw .invalid("the path is empty or has a NUL byte")
  }
  let terminated = unsafe bytes.map { CChar(bitPattern: $0) } + [0]
  return FilePath(platformString: terminated)
}

/// The JSON text that C points to.
func json(
  _ data: UnsafePointer<CChar>?, _ count: Int, _ what: String
) throws(Failure) -> [UInt8] {
  unsafe Array(try bytes(raw(data), count, what))
}

/// The JSON object that C points to; nothing stands for one without members.
func members(
  _ data: UnsafePointer<CChar>?, _ count: Int, _ what: String
) throws(Failure) -> Members {
  let bytes = unsafe try json(data, count, what)
  return bytes.isEmpty ? Members([], of: what) : try Members(parsing: bytes, of: what)
}

private func raw(_ data: UnsafePointer<CChar>?) -> UnsafePointer<UInt8>? {
  unsafe data.map { unsafe UnsafeRawPointer($0).assumingMemoryBound(to: UInt8.self) }
}

/// Gives C a copy of `bytes` with a NUL behind them.
func give(_ bytes: [UInt8], _ out: UnsafeMutablePointer<intaglio_bytes>?) {
  unsafe bytes.rawSpan.withUnsafeBytes { unsafe give($0, out) }
}

func give(_ bytes: UnsafeRawBufferPointer, _ out: UnsafeMutablePointer<intaglio_bytes>?) {
  guard let out = unsafe out else { return }
  let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + 1)
  unsafe UnsafeMutableRawBufferPointer(start: copy, count: bytes.count).copyMemory(from: bytes)
  unsafe copy[bytes.count] = 0
  unsafe out.pointee = intaglio_bytes(data: copy, count: bytes.count)
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_bytes_free(_ bytes: UnsafeMutablePointer<intaglio_bytes>?) {
  guard let bytes = unsafe bytes else { return }
  unsafe bytes.pointee.data?.deallocate()
  unsafe bytes.pointee = intaglio_bytes(data: nil, count: 0)
}
