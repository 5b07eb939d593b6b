internal import IntaglioFormat
internal import IntaglioStorage

/// Holds the files in quarantine against the records that name them.
///
/// A file that no record names is no defect: a recovery was cut off, and the next opening for writing adds the record.
enum QuarantineCheck {
  static func run(
    _ log: Directory, recovered: [RecordCheck.Recovery]
  ) throws(StorageError) -> FindingList {
    var findings = FindingList()
    let isThere = try log.status(of: FileName.quarantine)?.isDirectory ?? false
    let folder = Directory(log.path(of: FileName.quarantine), in: log.system)
    var seen: Set<String> = []
    for recovery in recovered where seen.insert(recovery.name).inserted {
      guard let text = try isThere ? defect(of: recovery, in: folder) : missing else { continue }
      findings.append(
        Finding(
          .quarantine, FileName.quarantine + "/" + recovery.name, at: 0,
          sequence: recovery.sequence, text + "; a recovery put it there"))
    }
    return findings
  }

  private static let missing = "the file is missing"

  private static func defect(
    of recovery: RecordCheck.Recovery, in folder: Directory
  ) throws(StorageError) -> String? {
    guard let status = try folder.status(of: recovery.name) else { return missing }
    guard status.byteCount == recovery.byteCount else {
      return "the file has \(status.byteCount) bytes instead of \(recovery.byteCount)"
    }
    let bytes = try folder.open(recovery.name, .readOnly).read(
      byteCount: recovery.byteCount, at: 0)
    return SHA256.hash(bytes) == recovery.digest ? nil : "the file is altered"
  }
}
