package import SystemPackage

/// An open file; closed when the value goes.
///
/// Reads and writes are whole: they go on after interruptions and partial transfers until all is done or the system refuses.
package struct File: ~Copyable, Sendable {
  package let path: FilePath
  let descriptor: CInt
  let system: any FileSystem

  package init(
    _ path: FilePath, _ options: OpenOptions, in system: any FileSystem
  ) throws(StorageError) {
    self.path = path
    self.system = system
    descriptor = try attempting("open", path) { () throws(Errno) in try system.open(path, options) }
  }

  deinit {
    // Whatever close answers, the descriptor is gone; what had to be durable was synchronized before.
    try? system.close(descriptor)
  }

  /// Reads into `buffer` from `offset` on, and returns how many bytes there were: fewer only at the end of the file.
  package func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int {
    var done = 0
    while done < buffer.byteCount {
      let position = done
      let count = try attempting("read", path) { () throws(Errno) in
        try unsafe buffer.withUnsafeMutableBytes { bytes throws(Errno) in
          try unsafe system.read(
            descriptor, into: UnsafeMutableRawBufferPointer(rebasing: bytes[position...]),
            at: offset + position)
        }
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// The `byteCount` bytes from `offset` on, or as many as there are.
  package func read(byteCount: Int, at offset: Int) throws(StorageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    let count = try read(into: &raw, at: offset)
    bytes.removeLast(byteCount - count)
    return bytes
  }

  /// For one larger write Linux takes larger pieces of memory into the page cache, which may have been given back to the host
  /// of a virtual machine: the first touch of memory is then ten times slower than the write (8 MiB: 20 ms, else 2 ms).
  private static let largestWriteByteCount = 1 << 20

  /// Writes all of `bytes` at `offset`, a mebibyte at a time.
  package func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    var done = 0
    while done < bytes.byteCount {
      let position = done
      let count = try attempting("write to", path) { () throws(Errno) in
        try unsafe bytes.withUnsafeBytes { bytes throws(Errno) in
          try unsafe system.write(
            descriptor,
            UnsafeRawBufferPointer(
              rebasing: bytes[position...].prefix(Self.largestWriteByteCount)),
            at: offset + position)
        }
      }
      if count == 0 { throw StorageError("write to", path, .ioError) }
      done += count
    }
  }

  package func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
    try write(unsafe bytes.span.bytes, at: offset)
  }

  /// fdatasync: contents, and of the metadata what reading them needs.
  package func synchronizeData() throws(StorageError) {
    // Never retried: after a failure the page cache may hold what the disk does not.
    do throws(Errno) { try system.synchronizeData(descriptor) } catch {
      throw StorageError("synchronize", path, error)
    }
  }

  /// Grows the file to `byteCount` bytes with its blocks reserved, so that a full disk shows here.
  package func allocate(byteCount: Int) throws(StorageError) {
    try attempting("allocate", path) { () throws(Errno) in
      try system.allocate(descriptor, byteCount: byteCount)
    }
  }

  package func truncate(to byteCount: Int) throws(StorageError) {
    try attempting("truncate", path) { () throws(Errno) in
      try system.truncate(descriptor, to: byteCount)
    }
  }

  package func status() throws(StorageError) -> FileStatus {
    try attempting("examine", path) { () throws(Errno) in try system.status(descriptor) }
  }

  /// The first byte from `offset` on that may be other than zero; nil if all are zero because nothing was written there.
  package func nextData(from offset: Int) throws(StorageError) -> Int? {
    try attempting("look for data in", path) { () throws(Errno) in
      try system.nextData(descriptor, from: offset)
    }
  }

  /// Maps the first `byteCount` bytes of the file for reading.
  package func map(byteCount: Int) throws(StorageError) -> Mapping {
    let address = try unsafe attempting("map", path) { () throws(Errno) in
      unsafe MappedAddress(pointer: try system.map(descriptor, byteCount: byteCount))
    }
    return unsafe Mapping(address: address.pointer, byteCount: byteCount, system: system)
  }

  /// Maps a range of the file, whose blocks are there, as memory that outlives the process.
  ///
  /// - Parameters:
  ///   - offset: where the range begins, at a page.
  ///   - headerByteCount: how much of the range precedes what is filled, as `StagingBuffer.writeHeader` writes it.
  package func mapStagingBuffer(
    at offset: Int, headerByteCount: Int, byteCount: Int
  ) throws(StorageError) -> StagingBuffer {
    let address = try unsafe attempting("map", path) { () throws(Errno) in
      unsafe MappedAddress(
        pointer: try system.mapForWriting(
          descriptor, at: offset, byteCount: headerByteCount + byteCount))
    }
    return unsafe StagingBuffer(
      address: UnsafeMutableRawPointer(mutating: address.pointer),
      headerByteCount: headerByteCount, byteCount: byteCount, system: system)
  }
}

@unsafe private struct MappedAddress {
  let pointer: UnsafeRawPointer
}

/// Makes a system call until it is not interrupted, and names the failure.
func attempting<T>(
  _ operation: String, _ path: FilePath, _ call: () throws(Errno) -> T
) throws(StorageError) -> T {
  while true {
    do throws(Errno) { return try call() } catch {
      if error != .interrupted { throw StorageError(operation, path, error) }
    }
  }
}
