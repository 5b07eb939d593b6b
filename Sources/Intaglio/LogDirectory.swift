internal import IntaglioFormat
package import IntaglioStorage
package import SystemPackage

/// The directory of a log, and the directories in it.
package struct LogDirectory: Sendable {
  let root: Directory
  let segments: Directory
  let quarantine: Directory

  package init(_ path: FilePath, in system: any FileSystem) {
    root = Directory(path, in: system)
    segments = Directory(path.appending(FileName.segments), in: system)
    quarantine = Directory(path.appending(FileName.quarantine), in: system)
  }

  package var path: FilePath { root.path }
  var lockPath: FilePath { root.path(of: FileName.lock) }

  /// The first sequences of all segment files, ascending.
  func firstSequences() throws(StorageError) -> [SequenceNumber] {
    try segments.names().compactMap { FileName.firstSequence(ofSegment: $0) }
  }

  /// The manifest; the message of the error says what is there instead.
  func manifest() throws(LogError) -> Manifest {
    let bytes: [UInt8]
    do throws(StorageError) {
      let file = try root.open(FileName.manifest, .readOnly)
      bytes = try file.read(byteCount: Limits.manifestByteCount + 1, at: 0)
    } catch {
      guard error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory else {
        throw LogError(error)
      }
      throw LogError(
        .notALog, "\(path) is not a log: it has no MANIFEST; create one with `intaglio init`",
        cause: error)
    }
    do throws(FormatError) { return try Manifest(decoding: bytes.rawSpan) } catch {
      throw LogDirectory.refusal(error, root.path(of: FileName.manifest))
    }
  }

  /// HEAD as it is now; no slot is valid if the file is missing.
  func head() throws(LogError) -> Head {
    var bytes: [UInt8] = []
    do throws(StorageError) {
      bytes = try root.open(FileName.head, .readOnly).read(byteCount: HeadSlot.fileByteCount, at: 0)
    } catch {
      guard error.errno == .noSuchFileOrDirectory else { throw LogError(error) }
    }
    let head = Head(decoding: bytes.rawSpan)
    if let version = head.unsupportedVersion {
      throw LogDirectory.refusal(.unsupportedVersion(version), root.path(of: FileName.head))
    }
    return head
  }

  static func refusal(_ error: FormatError, _ path: FilePath) -> LogError {
    switch error {
    case .unsupportedVersion:
      LogError(
        .unsupported, "\(path): \(error); use a newer intaglio", verdict: .unsupported)
    case .invalid:
      LogError(.damaged, "\(path): \(error); run `intaglio verify`", verdict: .corrupt)
    }
  }
}
