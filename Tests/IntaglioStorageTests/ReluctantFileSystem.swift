import IntaglioStorage
import Synchronization
import SystemPackage

/// A file system that is interrupted at every second transfer, and moves at most seven hundred bytes at the others.
final class ReluctantFileSystem: ForwardingFileSystem {
  private let transferCount = Atomic<Int>(0)

  private func beInterruptedOrNot() throws(Errno) {
    let number = transferCount.add(1, ordering: .relaxed).newValue
    if number % 2 == 1 { throw .interrupted }
  }

  func read(
    _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int {
    try beInterruptedOrNot()
    return try base.read(descriptor, into: .init(rebasing: buffer.prefix(700)), at: offset)
  }

  func write(
    _ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int {
    try beInterruptedOrNot()
    return try base.write(descriptor, .init(rebasing: bytes.prefix(700)), at: offset)
  }
}

/// A file system that accepts no bytes.
struct IdleFileSystem: ForwardingFileSystem {
  func write(
    _ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int { 0 }
}

/// A file system that does as the system does, except where it says otherwise.
protocol ForwardingFileSystem: FileSystem {}

extension ForwardingFileSystem {
  var base: SystemFileSystem { SystemFileSystem() }

  func open(_ path: FilePath, _ options: OpenOptions) throws(Errno) -> CInt {
    try base.open(path, options)
  }
  func close(_ descriptor: CInt) throws(Errno) { try base.close(descriptor) }
  func read(
    _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int { try base.read(descriptor, into: buffer, at: offset) }
  func write(
    _ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int { try base.write(descriptor, bytes, at: offset) }
  func synchronizeData(_ descriptor: CInt) throws(Errno) { try base.synchronizeData(descriptor) }
  func synchronize(_ descriptor: CInt) throws(Errno) { try base.synchronize(descriptor) }
  func allocate(_ descriptor: CInt, byteCount: Int) throws(Errno) {
    try base.allocate(descriptor, byteCount: byteCount)
  }
  func truncate(_ descriptor: CInt, to byteCount: Int) throws(Errno) {
    try base.truncate(descriptor, to: byteCount)
  }
  func status(_ descriptor: CInt) throws(Errno) -> FileStatus { try base.status(descriptor) }
  func status(_ path: FilePath) throws(Errno) -> FileStatus { try base.status(path) }
  func lock(_ descriptor: CInt, exclusive: Bool) throws(Errno) -> Bool {
    try base.lock(descriptor, exclusive: exclusive)
  }
  func rename(_ source: FilePath, to destination: FilePath) throws(Errno) {
    try base.rename(source, to: destination)
  }
  func unlink(_ path: FilePath) throws(Errno) { try base.unlink(path) }
  func makeDirectory(_ path: FilePath) throws(Errno) { try base.makeDirectory(path) }
  func names(inDirectory path: FilePath) throws(Errno) -> [String] {
    try base.names(inDirectory: path)
  }
  func map(_ descriptor: CInt, byteCount: Int) throws(Errno) -> UnsafeRawPointer {
    try base.map(descriptor, byteCount: byteCount)
  }
  func mapForWriting(
    _ descriptor: CInt, at offset: Int, byteCount: Int
  ) throws(Errno) -> UnsafeMutableRawPointer {
    try base.mapForWriting(descriptor, at: offset, byteCount: byteCount)
  }
  func unmap(_ address: UnsafeRawPointer, byteCount: Int) {
    base.unmap(address, byteCount: byteCount)
  }
}
