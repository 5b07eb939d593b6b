internal import IntaglioFormat
internal import IntaglioStorage
internal import SystemPackage

/// A text that can be read more than once, line by line: a regular file, or a copy of what came from a pipe.
struct LineFile: ~Copyable {
  /// What messages call it.
  let name: String
  private let file: File

  /// Opens the file at `path`, or copies standard input to its end.
  init(_ path: FilePath?) throws {
    guard let path else {
      name = "standard input"
      file = try Self.copy(.standardInput, named: name)
      return
    }
    name = path.string
    // Asked before it is opened: a named pipe can be opened only once. What is not there, opening will say.
    let isRegular = (try? SystemFileSystem().status(path).isRegularFile) ?? true
    if isRegular {
      file = try File(path, .readOnly, in: SystemFileSystem())
    } else {
      let source = try FileDescriptor.open(path, .readOnly)
      defer { try? source.close() }
      file = try Self.copy(source, named: path.string)
    }
  }

  /// The bytes at `offset`; none at the end.
  func read(byteCount: Int, at offset: Int) throws(StorageError) -> [UInt8] {
    try file.read(byteCount: byteCount, at: offset)
  }

  /// Copies what `source` gives into a file that has no name and goes with its descriptor.
  private static func copy(_ source: FileDescriptor, named name: String) throws -> File {
    let directory = Directory(temporaryDirectory, in: SystemFileSystem())
    let temporaryName = "intaglio-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    let file = try directory.open(temporaryName, .createNew)
    try directory.remove(temporaryName)
    var offset = 0
    while true {
      let bytes: [UInt8]
      do { bytes = try source.readBytes(upTo: 1 << 20) } catch {
        throw CommandError("cannot read \(name): \(error); nothing was recorded")
      }
      if bytes.isEmpty { return file }
      try file.write(bytes, at: offset)
      offset += bytes.count
    }
  }
}

/// Reads the lines of a file one after the other.
struct LineReader {
  private static let chunkByteCount = 1 << 20
  /// The number of the line that was read last, from 1.
  private(set) var number = 0
  private var chunk: [UInt8] = []
  private var position = 0
  private var offset = 0

  /// The next line that has more than white space, without its end; nil at the end of the file.
  ///
  /// - Throws: `CommandError` if it is longer than a payload may be.
  mutating func next(in file: borrowing LineFile) throws -> [UInt8]? {
    while let line = try nextLine(in: file) {
      if line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) { return line }
    }
    return nil
  }

  private mutating func nextLine(in file: borrowing LineFile) throws -> [UInt8]? {
    var line: [UInt8] = []
    number += 1
    while true {
      if position == chunk.count {
        chunk = try file.read(byteCount: Self.chunkByteCount, at: offset)
        offset += chunk.count
        position = 0
        if chunk.isEmpty {
          if line.isEmpty { return nil }
          break
        }
      }
      let end = chunk[position...].firstIndex(of: 0x0A)
      line.append(contentsOf: chunk[position..<(end ?? chunk.count)])
      position = end.map { $0 + 1 } ?? chunk.count
      if end != nil || line.count > Limits.payloadByteCount + 1 { break }
    }
    if line.last == 0x0D { line.removeLast() }
    guard line.count <= Limits.payloadByteCount else {
      throw CommandError(
        "line \(number) of \(file.name) has more than \(Limits.payloadByteCount) bytes, the most that a record holds; "
          + "nothing was recorded: store its contents elsewhere and record their digest")
    }
    return line
  }
}
