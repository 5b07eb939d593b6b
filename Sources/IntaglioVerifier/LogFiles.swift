internal import IntaglioFormat
internal import IntaglioStorage
internal import SystemPackage

/// What a log's directory holds, read once at the start: everything but the frames.
struct LogFiles: Sendable {
  let directory: Directory
  let manifestBytes: [UInt8]?
  let manifest: Result<Manifest, FormatError>
  let head: HeadFile
  /// A writer holds the lock, or a bound was given.
  let isLive: Bool
  /// In the order of their names.
  let segments: [SegmentFile]
  private let namedID: LogID?
  private let givenBound: UInt64?

  /// - Parameter bound: up to which count to judge, where a writer is known to have been there.
  init(_ directory: Directory, bound: UInt64?) throws(StorageError) {
    self.directory = directory
    givenBound = bound
    // HEAD before the names of segments: what HEAD speaks of is there by then.
    let isHeld = try DirectoryLock.isHeld(directory.path(of: FileName.lock), in: directory.system)
    isLive = isHeld || bound != nil
    head = try HeadFile(directory, isLive: isLive)
    manifestBytes = try directory.contents(
      of: FileName.manifest, limit: Limits.manifestByteCount + 1)
    manifest = Self.decode(manifestBytes)
    let folder = Directory(directory.path(of: FileName.segments), in: directory.system)
    let hasFolder = try directory.status(of: FileName.segments)?.isDirectory ?? false
    var segments: [SegmentFile] = []
    for name in hasFolder ? try folder.names() : [] {
      guard let first = FileName.firstSequence(ofSegment: name) else { continue }
      segments.append(try SegmentFile(name, first: first, in: folder))
    }
    self.segments = segments
    namedID = Self.id(manifest, head, segments)
  }

  private static func decode(_ bytes: [UInt8]?) -> Result<Manifest, FormatError> {
    guard let bytes else { return .failure(.invalid("MANIFEST is missing")) }
    do throws(FormatError) { return .success(try Manifest(decoding: bytes.rawSpan)) } catch {
      return .failure(error)
    }
  }

  /// The id that the first segment's header names, as the chain begins there; without it, that of MANIFEST, or of HEAD.
  private static func id(
    _ manifest: Result<Manifest, FormatError>, _ head: HeadFile, _ segments: [SegmentFile]
  ) -> LogID? {
    if let id = segments.first?.header?.logID { return id }
    if case .success(let manifest) = manifest { return manifest.logID }
    return head.slots.lazy.compactMap { try? $0.get().logID }.first
  }

  /// The log's id, or an id of zeros that no log has, where no file is left to name it.
  var knownID: LogID { namedID ?? LogID(bytes: [UInt8](repeating: 0, count: 16))! }
  var hasKnownID: Bool { namedID != nil }
  /// The slot of HEAD that counts.
  var slot: HeadSlot? { head.newest(of: knownID) }

  /// Whether there is anything of a log.
  var isLog: Bool { manifestBytes != nil || !segments.isEmpty }

  /// The first file of a newer version than this program knows, and what it says.
  var unsupported: (file: String, text: String)? {
    if case .failure(let error) = manifest, case .unsupportedVersion = error {
      return (FileName.manifest, error.description)
    }
    if let error = head.unsupported { return (FileName.head, error.description) }
    for segment in segments {
      if case .failure(let error) = segment.decoded, case .unsupportedVersion = error {
        return (segment.file, error.description)
      }
    }
    return nil
  }

  /// How many records must be there, whatever a writer does meanwhile.
  func bound(trusting heads: [TrustedHead]) -> UInt64 {
    givenBound ?? max(slot?.durableCount ?? 0, heads.map(\.count).max() ?? 0)
  }

  /// The segments that hold records below `bound`.
  func segments(upTo bound: UInt64?) -> [SegmentFile] {
    guard let bound else { return segments }
    return segments.filter { $0.first.rawValue < bound }
  }

  /// Whether a writer was or is there since these files were read.
  func wasWritten(since directory: Directory) throws(StorageError) -> Bool {
    if try DirectoryLock.isHeld(directory.path(of: FileName.lock), in: directory.system) {
      return true
    }
    return try HeadFile(directory, isLive: false).newest(of: knownID) != slot
  }
}

/// A segment's file: its name, its size and its header.
struct SegmentFile: Sendable {
  let name: String
  /// As the name says.
  let first: SequenceNumber
  let path: FilePath
  let system: any FileSystem
  let fileByteCount: Int
  let decoded: Result<SegmentHeader, FormatError>
  /// The bytes of the header, as far as there are any.
  let headerBytes: [UInt8]

  /// The path in the log's directory.
  var file: String { FileName.segments + "/" + name }
  var header: SegmentHeader? { try? decoded.get() }
  /// Where the frames end at the latest.
  var byteCount: Int { min(fileByteCount, header?.capacity ?? fileByteCount) }

  init(
    _ name: String, first: SequenceNumber, in folder: Directory
  ) throws(StorageError) {
    self.name = name
    self.first = first
    path = folder.path(of: name)
    system = folder.system
    let file = try folder.open(name, .readOnly)
    fileByteCount = try file.status().byteCount
    headerBytes = try file.read(byteCount: SegmentHeader.byteCount, at: 0)
    decoded = Self.decode(headerBytes)
  }

  private static func decode(_ bytes: [UInt8]) -> Result<SegmentHeader, FormatError> {
    do throws(FormatError) { return .success(try SegmentHeader(decoding: bytes.rawSpan)) } catch {
      return .failure(error)
    }
  }

  func open() throws(StorageError) -> OpenFile { try OpenFile(path, in: system) }
}

/// A file that several threads read; closed when the last of them is done.
final class OpenFile: Sendable {
  let file: File

  init(_ path: FilePath, in system: any FileSystem) throws(StorageError) {
    file = try File(path, .readOnly, in: system)
  }
}

extension Directory {
  /// The bytes of a small file, at most `limit` of them, or nil if there is no such file.
  func contents(of name: String, limit: Int) throws(StorageError) -> [UInt8]? {
    do throws(StorageError) {
      return try open(name, .readOnly).read(byteCount: limit, at: 0)
    } catch {
      if error.errno == .noSuchFileOrDirectory { return nil }
      throw error
    }
  }
}
