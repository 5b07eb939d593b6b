internal import IntaglioFormat
internal import IntaglioStorage

/// Holds the files in quarantine against the records that name them.
enum QuarantineCheck {
  /// - Parameter reportsUnnamed: whether all records that could name a file are known.
  static func run(
    _ log: Directory, recovered: [RecordCheck.Recovery], reportsUnnamed: Bool
  ) throws(StorageError) -> FindingList {
    var findings = FindingList()
    func report(_ name: String, _ sequence: UInt64?, _ text: String) {
      findings.append(
        Finding(.quarantine, FileName.quarantine + "/" + name, at: 0, sequence: sequence, text))
    }
    let isThere = try log.status(of: FileName.quarantine)?.isDirectory ?? false
    let folder = Directory(log.path(of: FileName.quarantine), in: log.system)
    var named: Set<String> = []
    for recovery in recovered where named.insert(recovery.name).inserted {
      if let text = try isThere ? defect(of: recovery, in: folder) : "the file is missing" {
        report(recovery.name, recovery.sequence, text + "; a recovery put it there")
      }
    }
    guard isThere, reportsUnnamed else { return findings }
    for name in try folder.names() where !named.contains(name) {
      if name.hasSuffix(FileName.temporarySuffix) { continue }
      report(
        escaped(name), nil,
        FileName.quarantined(name) == nil
          ? "the file is none that a recovery makes"
          : "no record names the file; a recovery that was cut off leaves one, and the next opening "
            + "for writing adds the record")
    }
    return findings
  }

  private static func defect(
    of recovery: RecordCheck.Recovery, in folder: Directory
  ) throws(StorageError) -> String? {
    guard let status = try folder.status(of: recovery.name) else { return "the file is missing" }
    guard status.byteCount == recovery.byteCount else {
      return "the file has \(status.byteCount) bytes instead of \(recovery.byteCount)"
    }
    let bytes = try folder.open(recovery.name, .readOnly).read(
      byteCount: recovery.byteCount, at: 0)
    return SHA256.hash(bytes) == recovery.digest ? nil : "the file is altered"
  }
}
