internal import IntaglioFormat
internal import IntaglioHooks
internal import SystemPackage

/// A small file that a caller names: a policy, or a key.
struct TextFile {
  private let path: FilePath

  init(_ path: FilePath) { self.path = path }

  /// All of its bytes, or one more than a policy may have, which its reader will refuse.
  func bytes() throws(Failure) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly)
      return try file.closeAfter {
        var bytes: [UInt8] = []
        while bytes.count <= Policy.Bounds.textByteCount {
          let buffer = unsafe try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            unsafe count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
          }
          if buffer.isEmpty { break }
          bytes += buffer
        }
        return bytes
      }
    } catch {
      throw .invalid("\(escaped(path.string)) cannot be read: \(error)")
    }
  }
}
