internal import IntaglioStorage
internal import SystemPackage

/// A temporary directory for the demo.
struct Workshop {
  let path: FilePath

  init() throws {
    let number = String(UInt64.random(in: .min ... .max), radix: 36)
    path = temporaryDirectory.appending("intaglio-demo-\(number)")
    // Made for this user alone; a directory that is there already would be somebody else's.
    guard try Directory(path, in: SystemFileSystem()).make() else {
      throw CommandError("\(path) is there already; try again")
    }
  }

  func remove() {
    // What cannot be removed stays in the directory for temporary files, where it does no harm.
    try? removeDirectory(Directory(path, in: SystemFileSystem()))
  }

  private func removeDirectory(_ directory: Directory) throws {
    for name in try directory.names() {
      if try directory.status(of: name)?.isDirectory == true {
        try removeDirectory(Directory(directory.path(of: name), in: directory.system))
      } else {
        try directory.remove(name)
      }
    }
    try removeEmptyDirectory(directory.path)
  }
}

/// Copies a directory with everything in it to a place where nothing is.
func copyDirectory(from source: FilePath, to destination: FilePath) throws(StorageError) {
  let from = Directory(source, in: SystemFileSystem())
  let to = Directory(destination, in: SystemFileSystem())
  _ = try to.make()
  for name in try from.names() {
    guard let status = try from.status(of: name) else { continue }
    if status.isDirectory {
      try copyDirectory(from: from.path(of: name), to: to.path(of: name))
    } else {
      let bytes = try from.open(name, .readOnly).read(byteCount: status.byteCount, at: 0)
      try to.open(name, .createNew).write(bytes, at: 0)
    }
  }
}
