package import SystemPackage

/// A directory by its path: what is done with the names in it, and making that durable.
package struct Directory: Sendable {
  package let path: FilePath
  package let system: any FileSystem

  package init(_ path: FilePath, in system: any FileSystem) {
    self.path = path
    self.system = system
  }

  package func path(of name: String) -> FilePath { path.appending(name) }

  package func open(_ name: String, _ options: OpenOptions) throws(StorageError) -> File {
    try File(path(of: name), options, in: system)
  }

  /// The names in the directory, sorted.
  package func names() throws(StorageError) -> [String] {
    try attempting("list", path) { () throws(Errno) in
      try system.names(inDirectory: path)
    }.sorted()
  }

  /// What is there under `name`, or nil if nothing is.
  package func status(of name: String) throws(StorageError) -> FileStatus? {
    do throws(StorageError) {
      return try attempting("examine", path(of: name)) { () throws(Errno) in
        try system.status(path(of: name))
      }
    } catch {
      if error.errno == .noSuchFileOrDirectory { return nil }
      throw error
    }
  }

  /// Makes the directory itself; false if it was there.
  package func make() throws(StorageError) -> Bool {
    do throws(StorageError) {
      try attempting("make the directory", path) { () throws(Errno) in
        try system.makeDirectory(path)
      }
      return true
    } catch {
      if error.errno == .fileExists { return false }
      throw error
    }
  }

  package func rename(_ name: String, to newName: String) throws(StorageError) {
    try attempting("rename", path(of: name)) { () throws(Errno) in
      try system.rename(path(of: name), to: path(of: newName))
    }
  }

  /// Removes the name; nothing happens if it is not there.
  package func remove(_ name: String) throws(StorageError) {
    do throws(StorageError) {
      try attempting("remove", path(of: name)) { () throws(Errno) in
        try system.unlink(path(of: name))
      }
    } catch {
      if error.errno != .noSuchFileOrDirectory { throw error }
    }
  }

  /// Makes the names in the directory durable: open, fsync, close.
  package func synchronize() throws(StorageError) {
    let directory = try File(path, .directory, in: system)
    do throws(Errno) { try system.synchronize(directory.descriptor) } catch {
      throw StorageError("synchronize", path, error)
    }
  }

  /// Writes a whole new file durably under `name`: temporary file, write, fdatasync, rename, fsync of the directory.
  package func replace(
    _ name: String, with bytes: RawSpan, temporarySuffix: String
  ) throws(StorageError) {
    let temporary = name + temporarySuffix
    try remove(temporary)
    do {
      let file = try open(temporary, .createNew)
      try file.write(bytes, at: 0)
      try file.synchronizeData()
    }
    try rename(temporary, to: name)
    try synchronize()
  }
}
