import IntaglioC
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import SystemPackage
import Testing

/// That the header says what there is.
///
/// That a function has the parameters which the header declares is the compiler's to check.
@Suite struct HeaderTests {
  private static let folder: FilePath = {
    var path = FilePath(#filePath)
    for _ in 0..<3 { path.removeLastComponent() }
    return path.appending("Sources/IntaglioC")
  }()

  private static func text(_ path: FilePath) throws -> String {
    let file = try File(path, .readOnly, in: SystemFileSystem())
    return String(decoding: try file.read(byteCount: 1 << 20, at: 0), as: UTF8.self)
  }

  private static func header() throws -> String { try text(folder.appending("include/intaglio.h")) }

  /// The header without its comments.
  private static func declarations() throws -> String {
    try header().replacing(#/(?s)\/\*.*?\*\//#, with: "")
  }

  @Test func `every function that the header declares is implemented, and no other is exported`()
    throws
  {
    let declared = try Set(
      Self.declarations().matches(of: #/\b(intaglio_[a-z_]+)\(/#).map { String($0.1) })
    #expect(declared.count > 30)
    var implemented: Set<String> = []
    let folder = Self.folder.appending("Boundary")
    for name in try SystemFileSystem().names(inDirectory: folder) where name.hasSuffix(".swift") {
      let source = try Self.text(folder.appending(name))
      for match in source.matches(of: #/@c @implementation\npublic func (\w+)\(/#) {
        #expect(implemented.insert(String(match.1)).inserted)
      }
      #expect(
        source.matches(of: #/@c\b/#).count == source.matches(of: #/@c @implementation/#).count)
    }
    #expect(declared == implemented)
  }

  @Test func `the header lists every request, and no other`() throws {
    let header = try Self.header()
    let start = try #require(header.firstRange(of: "* Requests."))
    let end = try #require(header[start.upperBound...].firstRange(of: "#ifdef __cplusplus"))
    let listed = header[start.upperBound..<end.lowerBound].matches(
      of: #/(?m)^ \*   ([a-z.]+(?:, [a-z.]+)*) +\{/#
    ).flatMap { $0.1.split(separator: ", ").map(String.init) }
    #expect(Set(listed) == requestNames)
    #expect(listed.count == requestNames.count)
  }

  @Test func `codes keep their numbers`() throws {
    // One that is changed or used again breaks programs that were built before.
    let known = """
      OK 0 INVALID 1 CLOSED 2 FORKED 3 TIMEOUT 4 END 5 POLICY 6 NOT_A_LOG 16 EXISTS 17 BUSY 18 UNSUPPORTED 19 DAMAGED 20 \
      STORAGE 21 FULL 22 POISONED 23 TOO_LARGE 24 NOT_FOUND 25 HISTORY_REPLACED 26 CONFLICT 27 TRANSACTION_OPEN 28 ERASED 29 \
      UNSUITABLE_FILE_SYSTEM 30 NOT_PERMITTED_TO_READ 31 ENGINE 48 ENGINE_TIMEOUT 49 RUN_OVER 50 ABORTED 51 NOT_PERMITTED 52 \
      USED 53 MISSION_ELSEWHERE 54 NOT_PAUSED 55 STATE_DIFFERS 56 MISSION_LIVE 57 NOT_RESTORABLE 58 IRREVERSIBLE 59 \
      ROLLBACK_FAILED 60 ROLLBACK_PENDING 61 NO_MISSION 62 SESSION_CHANGED 63 OTHER 255
      """
    let declared = try Self.declarations().matches(of: #/INTAGLIO_(?:ERROR_)?([A-Z_]+) = (\d+)/#)
      .map { "\($0.1) \($0.2)" }.joined(separator: " ")
    #expect(declared == known)
  }
}
