package import IntaglioStorage
internal import Synchronization
package import SystemPackage

/// A file system over real files that knows what of them is durable, and can build the disk as it may be found after the
/// power failed.
///
/// What counts as durable, as POSIX promises it and no more:
/// - of a file, its sectors of 4 KiB and its length at the last sync of that file;
/// - of a directory, its names at the last sync of that directory. Creations, renames and removals since then may have
///   happened, each wholly or not at all, in order (`MetadataOrder`).
///
/// What is stored into a mapping for writing may have arrived, wholly or in part, when the mapping ends or the power fails.
///
/// Everything in the root when the value is made counts as durable. Paths have to begin with the root as it was given;
/// others are passed on and not followed. Nothing is really synchronized, so that thousands of runs are cheap.
package final class PowerLossFileSystem: FileSystem {
  package let root: FilePath
  let atomicByteCount: Int
  let order: MetadataOrder
  private let synchronizationNanoseconds: Int
  private let base = SystemFileSystem()
  private let state: Mutex<State>

  private struct State {
    var disk = SimulatedDisk()
    var synchronizationCount = 0
    var failure: (number: Int, error: Errno, generator: SeededGenerator)?
    /// By address: the file behind a mapping for writing, and where in it the mapping begins.
    var mappings: [UInt: MappedRange] = [:]
  }

  private struct MappedRange {
    let node: SimulatedDisk.NodeID
    let offset: Int
    let byteCount: Int
  }

  /// - Parameters:
  ///   - atomicByteCount: what the disk writes wholly or not at all: 4096, or 512 for torn sectors.
  ///   - synchronizationNanoseconds: how long a sync takes, so that other threads go on meanwhile.
  package init(
    root: FilePath, atomicByteCount: Int = 4096, order: MetadataOrder = .journal,
    synchronizationNanoseconds: Int = 0
  ) throws(StorageError) {
    precondition(SimulatedFile.sectorByteCount % atomicByteCount == 0)
    self.root = root.lexicallyNormalized()
    self.atomicByteCount = atomicByteCount
    self.order = order
    self.synchronizationNanoseconds = synchronizationNanoseconds
    var disk = SimulatedDisk()
    try disk.adopt(contentsOf: root, as: SimulatedDisk.root)
    state = Mutex(State(disk: disk))
  }

  /// How many syncs of files and directories there were.
  package var synchronizationCount: Int { state.withLock { $0.synchronizationCount } }

  /// Lets one sync fail as Linux does it: a part arrives, and the rest counts as clean, so that the next sync succeeds
  /// without having written it.
  ///
  /// - Parameter number: counted from 1 among all syncs of files and directories.
  package func failSynchronization(number: Int, _ error: Errno = .ioError, seed: UInt64) {
    state.withLock { $0.failure = (number, error, SeededGenerator(seed: seed)) }
  }

  /// The disk as it is known at this moment.
  var disk: SimulatedDisk {
    state.withLock { state in
      for (address, range) in state.mappings { note(range, at: address, in: &state.disk) }
      return state.disk
    }
  }

  // MARK: What changes the disk

  package func open(_ path: FilePath, _ options: OpenOptions) throws(Errno) -> CInt {
    try state.withLock { state throws(Errno) in
      let descriptor = try base.open(path, options)
      guard let components = components(of: path) else { return descriptor }
      if let node = state.disk.node(at: components) {
        state.disk.descriptors[descriptor] = node
      } else if let place = place(components, in: state.disk) {
        state.disk.descriptors[descriptor] = state.disk.makeFile(place.name, in: place.directory)
      }
      return descriptor
    }
  }

  package func close(_ descriptor: CInt) throws(Errno) {
    try state.withLock { state throws(Errno) in
      state.disk.descriptors[descriptor] = nil
      try base.close(descriptor)
    }
  }

  package func write(
    _ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int {
    try state.withLock { state throws(Errno) in
      let count = try unsafe base.write(descriptor, bytes, at: offset)
      guard count > 0, let node = state.disk.descriptors[descriptor] else { return count }
      let size = SimulatedFile.sectorByteCount
      for sector in offset / size...(offset + count - 1) / size {
        state.disk.files[node]!.note(sector: sector, try content(of: sector, descriptor))
      }
      let end = max(state.disk.files[node]!.byteCount, offset + count)
      state.disk.files[node]!.note(byteCount: end)
      return count
    }
  }

  package func allocate(_ descriptor: CInt, byteCount: Int) throws(Errno) {
    try state.withLock { state throws(Errno) in
      try base.allocate(descriptor, byteCount: byteCount)
      guard let node = state.disk.descriptors[descriptor] else { return }
      let end = max(state.disk.files[node]!.byteCount, byteCount)
      state.disk.files[node]!.note(byteCount: end)
    }
  }

  package func truncate(_ descriptor: CInt, to byteCount: Int) throws(Errno) {
    try state.withLock { state throws(Errno) in
      try base.truncate(descriptor, to: byteCount)
      guard let node = state.disk.descriptors[descriptor] else { return }
      let boundary = try content(of: byteCount / SimulatedFile.sectorByteCount, descriptor)
      state.disk.files[node]!.noteTruncation(to: byteCount, boundary: boundary)
    }
  }

  package func rename(_ source: FilePath, to destination: FilePath) throws(Errno) {
    try state.withLock { state throws(Errno) in
      try base.rename(source, to: destination)
      guard let from = components(of: source), let to = components(of: destination),
        let old = place(from, in: state.disk), let new = place(to, in: state.disk)
      else { return }
      state.disk.rename(old.name, in: old.directory, to: new.name, in: new.directory)
    }
  }

  package func unlink(_ path: FilePath) throws(Errno) {
    try state.withLock { state throws(Errno) in
      try base.unlink(path)
      guard let place = components(of: path).flatMap({ place($0, in: state.disk) }) else { return }
      state.disk.remove(place.name, from: place.directory)
    }
  }

  package func makeDirectory(_ path: FilePath) throws(Errno) {
    try state.withLock { state throws(Errno) in
      try base.makeDirectory(path)
      guard let place = components(of: path).flatMap({ place($0, in: state.disk) }) else { return }
      state.disk.makeDirectory(place.name, in: place.directory)
    }
  }

  // MARK: What makes it durable

  package func synchronizeData(_ descriptor: CInt) throws(Errno) { try synchronize(descriptor) }

  package func synchronize(_ descriptor: CInt) throws(Errno) {
    let begun = state.withLock { state in
      state.synchronizationCount += 1
      let node = state.disk.descriptors[descriptor]
      let file = node.flatMap { state.disk.files[$0] }
      return (number: state.synchronizationCount, node, file?.beginSynchronization())
    }
    sleep(nanoseconds: synchronizationNanoseconds)
    try state.withLock { state throws(Errno) in
      guard case (let number, let node?, let synchronization) = begun else { return }
      if var failure = state.failure, failure.number == number {
        if let synchronization {
          state.disk.files[node]!.fail(synchronization, using: &failure.generator)
        }
        throw failure.error
      }
      if let synchronization {
        state.disk.files[node]!.finish(synchronization)
      } else {
        state.disk.synchronize(directory: node)
      }
    }
  }

  // MARK: What only looks

  package func read(
    _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int { try unsafe base.read(descriptor, into: buffer, at: offset) }

  package func status(_ descriptor: CInt) throws(Errno) -> FileStatus {
    try base.status(descriptor)
  }

  package func status(_ path: FilePath) throws(Errno) -> FileStatus { try base.status(path) }

  package func lock(_ descriptor: CInt, exclusive: Bool) throws(Errno) -> Bool {
    try base.lock(descriptor, exclusive: exclusive)
  }

  package func names(inDirectory path: FilePath) throws(Errno) -> [String] {
    try base.names(inDirectory: path)
  }

  package func map(_ descriptor: CInt, byteCount: Int) throws(Errno) -> UnsafeRawPointer {
    try unsafe base.map(descriptor, byteCount: byteCount)
  }

  package func mapForWriting(
    _ descriptor: CInt, at offset: Int, byteCount: Int
  ) throws(Errno) -> UnsafeMutableRawPointer {
    try unsafe state.withLock { state throws(Errno) in
      let address = try unsafe base.mapForWriting(descriptor, at: offset, byteCount: byteCount)
      if let node = state.disk.descriptors[descriptor] {
        state.mappings[UInt(bitPattern: address)] = MappedRange(
          node: node, offset: offset, byteCount: byteCount)
      }
      return unsafe address
    }
  }

  package func unmap(_ address: UnsafeRawPointer, byteCount: Int) {
    state.withLock { state in
      if let range = state.mappings.removeValue(forKey: UInt(bitPattern: address)) {
        note(range, at: UInt(bitPattern: address), in: &state.disk)
      }
    }
    unsafe base.unmap(address, byteCount: byteCount)
  }

  /// Takes over what the process has stored into a mapping.
  private func note(_ range: MappedRange, at address: UInt, in disk: inout SimulatedDisk) {
    let bytes = unsafe UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: address), count: range.byteCount)
    let size = SimulatedFile.sectorByteCount
    for start in stride(from: 0, to: range.byteCount, by: size) {
      let content = unsafe [UInt8](bytes[start..<start + size])
      disk.files[range.node]!.note(sector: (range.offset + start) / size, content)
    }
  }

  // MARK: Paths and sectors

  /// The components of a path from the root on; nil if it does not lie there.
  private func components(of path: FilePath) -> [String]? {
    var path = path.lexicallyNormalized()
    guard path.removePrefix(root) else { return nil }
    return path.components.map(\.string)
  }

  private func place(
    _ components: [String], in disk: SimulatedDisk
  ) -> (name: String, directory: SimulatedDisk.NodeID)? {
    guard let name = components.last, let directory = disk.node(at: components.dropLast())
    else { return nil }
    return (name, directory)
  }

  private func content(of sector: Int, _ descriptor: CInt) throws(Errno) -> [UInt8] {
    var content = SimulatedFile.zeroSector
    _ = try unsafe content.withUnsafeMutableBufferPointer { buffer throws(Errno) in
      try unsafe base.read(
        descriptor, into: UnsafeMutableRawBufferPointer(buffer),
        at: sector * SimulatedFile.sectorByteCount)
    }
    return content
  }
}
