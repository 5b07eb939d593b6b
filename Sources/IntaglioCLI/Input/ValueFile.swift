internal import IntaglioFormat
internal import IntaglioState
internal import SystemPackage

/// A file, or standard input, whose bytes are a value.
struct ValueFile {
  static let standardInput = ValueFile(name: "standard input", path: nil)

  /// What messages call it.
  private let name: String
  private let path: FilePath?

  init(_ path: FilePath) { self.init(name: path.string, path: path) }

  private init(name: String, path: FilePath?) {
    self.name = name
    self.path = path
  }

  /// All of its bytes.
  ///
  /// - Throws: `CommandError` if it cannot be read, or has more than a value may have; no more than that is read.
  func bytes() throws(CommandError) -> [UInt8] {
    do {
      guard let path else { return try bytes(.standardInput) }
      let file = try FileDescriptor.open(path, .readOnly)
      return try file.closeAfter { try bytes(file) }
    } catch let error as CommandError {
      throw error
    } catch {
      throw CommandError("cannot read \(name): \(error)")
    }
  }

  private func bytes(_ file: FileDescriptor) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let next = try file.readBytes(upTo: 1 << 20)
      if next.isEmpty { return bytes }
      bytes += next
      guard bytes.count <= Limits.stateValueByteCount else {
        throw CommandError(
          "\(name) has more than \(Limits.stateValueByteCount) bytes, the most of a value; nothing was changed: "
            + "keep it elsewhere and set its digest")
      }
    }
  }
}
