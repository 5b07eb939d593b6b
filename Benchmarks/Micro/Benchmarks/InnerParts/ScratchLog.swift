import Intaglio
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A log in a directory of its own, below the directory for temporary files.
struct ScratchLog: Sendable {
  let log: Log
  let stream: LogStream
  private let path: String

  init() throws {
    var template = Array("/tmp/intaglio-micro-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
    var options = LogOptions()
    options.durability = .written
    log = try Log.create(at: FilePath(path).appending("log"), options: options)
    stream = try log.stream(named: "run")
  }

  init(filledWith payload: [UInt8], count: Int) throws {
    try self.init()
    for _ in 0..<count { try log.append(payload, to: stream) }
    try log.synchronize()
  }

  func remove() {
    try? log.close()
    for directory in ["/log/segments", "/log/quarantine", "/log/inbox", "/log", ""] {
      removeFiles(in: path + directory)
      rmdir(path + directory)
    }
  }

  private func removeFiles(in directory: String) {
    guard let entries = opendir(directory) else { return }
    defer { closedir(entries) }
    while let entry = readdir(entries) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      unlink(directory + "/" + name)
    }
  }
}
