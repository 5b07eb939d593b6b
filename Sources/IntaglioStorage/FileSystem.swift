package import SystemPackage

/// The system calls that the engine and the verifier make on files, each as one method: the one seam, where
/// tests inject faults.
///
/// Methods do what the system call of that name does, once: they may read or write less than asked. What retries, loops
/// and names the failure is above, in `File` and `Directory`.
package protocol FileSystem: Sendable {
  /// open(2)
  func open(_ path: FilePath, _ options: OpenOptions) throws(Errno) -> CInt
  /// close(2)
  func close(_ descriptor: CInt) throws(Errno)
  /// pread(2)
  func read(
    _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int
  /// pwrite(2)
  func write(
    _ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int
  /// fdatasync(2)
  func synchronizeData(_ descriptor: CInt) throws(Errno)
  /// fsync(2)
  func synchronize(_ descriptor: CInt) throws(Errno)
  /// posix_fallocate(3): reserves the blocks of the first `byteCount` bytes, and grows the file to them
  func allocate(_ descriptor: CInt, byteCount: Int) throws(Errno)
  /// ftruncate(2)
  func truncate(_ descriptor: CInt, to byteCount: Int) throws(Errno)
  /// fstat(2)
  func status(_ descriptor: CInt) throws(Errno) -> FileStatus
  /// stat(2)
  func status(_ path: FilePath) throws(Errno) -> FileStatus
  /// flock(2), without waiting; false if another holds it
  func lock(_ descriptor: CInt, exclusive: Bool) throws(Errno) -> Bool
  /// rename(2)
  func rename(_ source: FilePath, to destination: FilePath) throws(Errno)
  /// unlink(2)
  func unlink(_ path: FilePath) throws(Errno)
  /// mkdir(2)
  func makeDirectory(_ path: FilePath) throws(Errno)
  /// opendir(3), readdir(3), closedir(3): names without `.` and `..`, in no order
  func names(inDirectory path: FilePath) throws(Errno) -> [String]
  /// mmap(2), shared and read-only
  func map(_ descriptor: CInt, byteCount: Int) throws(Errno) -> UnsafeRawPointer
  /// mmap(2), shared, for reading and writing, of a range that has its blocks; madvise(2) with MADV_POPULATE_WRITE
  func mapForWriting(
    _ descriptor: CInt, at offset: Int, byteCount: Int
  ) throws(Errno) -> UnsafeMutableRawPointer
  /// lseek(2) with SEEK_DATA: from `offset` on, the first byte that may be other than zero; nil if all are known to be zero
  func nextData(_ descriptor: CInt, from offset: Int) throws(Errno) -> Int?
  /// munmap(2)
  func unmap(_ address: UnsafeRawPointer, byteCount: Int)
}

extension FileSystem {
  /// Nothing is known of holes: any byte may be other than zero.
  package func nextData(_ descriptor: CInt, from offset: Int) throws(Errno) -> Int? { offset }
}

/// How a file is opened.
///
/// All are closed on exec.
package enum OpenOptions: Sendable {
  case readOnly
  case readWrite
  /// For reading and writing, created if missing with the mode 0600.
  case create
  /// For reading and writing, created with the mode 0600; fails if it exists.
  case createNew
  case directory
  /// For reading a file that a stranger may have put there: a symbolic link is refused, and a fifo does not block.
  case readOnlyUntrusted
}

/// What fstat says about a file.
package struct FileStatus: Hashable, Sendable {
  package var byteCount: Int
  package var device: UInt64
  package var inode: UInt64
  package var isRegularFile: Bool
  package var isDirectory: Bool
  /// The number of the user whose file it is.
  package var owner: UInt32
  /// How many names the file has.
  package var linkCount: Int
}
