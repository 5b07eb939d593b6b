import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@testable import Intaglio

@Suite("A disk that is really full")
struct FullDiskTests {
  @Test(
    "On a file system without space append ends with an error, and everything acknowledged is readable",
    arguments: [Durability.synced, .written])
  func fullFileSystem(durability: Durability) throws {
    let directory = try TemporaryDirectory()
    guard try mountSmallFileSystem(at: directory.path) else {
      print("The full disk was not tried: this user must not mount a tmpfs.")
      return
    }
    defer { _ = try? ChildProcess(["/bin/umount", "-l", directory.path.string]).readToEnd() }
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, options: smallOptions(durability))
    let stream = try log.stream(named: "a")
    let payload = [UInt8](repeating: 5, count: 3000)
    var acknowledged = 0
    var failure: LogError?
    while failure == nil {
      do throws(LogError) {
        try log.append(payload, to: stream).wait()
        acknowledged += 1
      } catch { failure = error }
    }
    #expect(failure?.code == .full)
    #expect(acknowledged > 50)
    #expect(try log.snapshot().userPayloads().count == acknowledged)
    // A process that begins to read now sees the same.
    #expect(
      try LogReader.open(at: path, includingUnsynced: true).snapshot().userPayloads().count
        == acknowledged)
    try? log.close()
    #expect(try LogReader.open(at: path).snapshot().userPayloads().count == acknowledged)
  }

  /// Two megabytes of memory as a file system; false if the system does not let this user have it.
  private func mountSmallFileSystem(at path: FilePath) throws -> Bool {
    _ = try ChildProcess([
      "/bin/mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", path.string,
    ]).readToEnd()
    let parent = try Directory(path.removingLastComponent(), in: SystemFileSystem()).status(of: ".")
    let own = try Directory(path, in: SystemFileSystem()).status(of: ".")
    return own?.device != parent?.device
  }
}
