internal import Glibc
package import SystemPackage

/// The file system of this machine.
package struct SystemFileSystem: FileSystem {
  package init() {}

  package func open(_ path: FilePath, _ options: OpenOptions) throws(Errno) -> CInt {
    let flags: CInt =
      switch options {
      case .readOnly: O_RDONLY
      case .readWrite: O_RDWR
      case .create: O_RDWR | O_CREAT
      case .createNew: O_RDWR | O_CREAT | O_EXCL
      case .directory: O_RDONLY | O_DIRECTORY
      case .readOnlyUntrusted: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
      }
    return try unsafe onPath(path) { unsafe Glibc.open($0, flags | O_CLOEXEC, 0o600) }
  }

  package func close(_ descriptor: CInt) throws(Errno) { _ = try checked(Glibc.close(descriptor)) }

  package func read(
    _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int {
    try checked(unsafe pread(descriptor, buffer.baseAddress, buffer.count, offset))
  }

  package func write(
    _ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int {
    try checked(unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, offset))
  }

  package func synchronizeData(_ descriptor: CInt) throws(Errno) {
    _ = try checked(fdatasync(descriptor))
  }

  package func synchronize(_ descriptor: CInt) throws(Errno) {
    _ = try checked(fsync(descriptor))
  }

  package func allocate(_ descriptor: CInt, byteCount: Int) throws(Errno) {
    let result = posix_fallocate(descriptor, 0, byteCount)
    if result != 0 { throw Errno(rawValue: result) }
  }

  package func truncate(_ descriptor: CInt, to byteCount: Int) throws(Errno) {
    _ = try checked(ftruncate(descriptor, byteCount))
  }

  package func status(_ descriptor: CInt) throws(Errno) -> FileStatus {
    var status = stat()
    _ = try checked(unsafe fstat(descriptor, &status))
    return FileStatus(status)
  }

  package func status(_ path: FilePath) throws(Errno) -> FileStatus {
    var status = stat()
    _ = try unsafe onPath(path) { unsafe stat($0, &status) }
    return FileStatus(status)
  }

  package func lock(_ descriptor: CInt, exclusive: Bool) throws(Errno) -> Bool {
    do throws(Errno) {
      _ = try checked(flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB))
      return true
    } catch {
      if error == .wouldBlock { return false }
      throw error
    }
  }

  package func rename(_ source: FilePath, to destination: FilePath) throws(Errno) {
    _ = try unsafe onPath(source) { source in
      unsafe destination.withPlatformString { unsafe Glibc.rename(source, $0) }
    }
  }

  package func unlink(_ path: FilePath) throws(Errno) {
    _ = try unsafe onPath(path) { unsafe Glibc.unlink($0) }
  }

  package func makeDirectory(_ path: FilePath) throws(Errno) {
    _ = try unsafe onPath(path) { unsafe mkdir($0, 0o700) }
  }

  package func names(inDirectory path: FilePath) throws(Errno) -> [String] {
    guard let stream = unsafe path.withPlatformString({ unsafe opendir($0) }) else {
      throw Errno(rawValue: Glibc.errno)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      Glibc.errno = 0
      guard let entry = unsafe readdir(stream) else {
        if Glibc.errno != 0 { throw Errno(rawValue: Glibc.errno) }
        return names
      }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
  }

  package func map(_ descriptor: CInt, byteCount: Int) throws(Errno) -> UnsafeRawPointer {
    guard let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0),
      unsafe address != MAP_FAILED
    else { throw Errno(rawValue: Glibc.errno) }
    return UnsafeRawPointer(address)
  }

  package func mapForWriting(
    _ descriptor: CInt, at offset: Int, byteCount: Int
  ) throws(Errno) -> UnsafeMutableRawPointer {
    guard
      let address = unsafe mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset),
      unsafe address != MAP_FAILED
    else { throw Errno(rawValue: Glibc.errno) }
    // What cannot be written to shows here, and not as a signal later. Systems before Linux 5.14 do not know the advice.
    let populateForWriting: CInt = 23
    if unsafe madvise(address, byteCount, populateForWriting) < 0, Glibc.errno != EINVAL {
      let error = Errno(rawValue: Glibc.errno)
      unsafe munmap(address, byteCount)
      throw error
    }
    return unsafe address
  }

  package func nextData(_ descriptor: CInt, from offset: Int) throws(Errno) -> Int? {
    // SEEK_DATA of Linux, which Glibc's module does not have.
    let found = lseek(descriptor, offset, 3)
    if found >= 0 { return found }
    switch Errno(rawValue: Glibc.errno) {
    case .noSuchAddressOrDevice: return nil
    // Not every file system knows its holes.
    case .invalidArgument, .notSupported: return offset
    case let error: throw error
    }
  }

  package func unmap(_ address: UnsafeRawPointer, byteCount: Int) {
    unsafe munmap(UnsafeMutableRawPointer(mutating: address), byteCount)
  }

  /// Makes a call on a path; its answer is looked at before anything else can change errno.
  private func onPath(
    _ path: FilePath, _ call: (UnsafePointer<CChar>) -> CInt
  ) throws(Errno) -> CInt {
    let (result, code) = unsafe path.withPlatformString { path in
      let result = unsafe call(path)
      return (result, Glibc.errno)
    }
    if result < 0 { throw Errno(rawValue: code) }
    return result
  }

  private func checked<T: BinaryInteger>(_ result: T) throws(Errno) -> T {
    if result < 0 { throw Errno(rawValue: Glibc.errno) }
    return result
  }
}

extension FileStatus {
  fileprivate init(_ status: stat) {
    self.init(
      byteCount: status.st_size, device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
      isRegularFile: status.st_mode & S_IFMT == S_IFREG,
      isDirectory: status.st_mode & S_IFMT == S_IFDIR, owner: status.st_uid,
      linkCount: Int(status.st_nlink))
  }
}
