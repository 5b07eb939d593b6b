import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@Suite struct TemporaryDirectoryTests {
  @Test func itIsRemovedWithAllItsContentsWhenTheValueGoes() throws {
    let path: FilePath
    do {
      let directory = try TemporaryDirectory()
      path = directory.path
      let inner = Directory(directory.path(of: "inner"), in: SystemFileSystem())
      _ = try inner.make()
      _ = try inner.open("file", .createNew)
      #expect(try directory.directory().names() == ["inner"])
    }
    #expect(throws: Errno.noSuchFileOrDirectory) { try SystemFileSystem().status(path) }
  }

  @Test func aCopyHasTheSameFilesAndDirectories() throws {
    let source = try TemporaryDirectory()
    let inner = Directory(source.path(of: "inner"), in: SystemFileSystem())
    _ = try inner.make()
    try inner.open("file", .createNew).write([1, 2, 3], at: 9_000)
    let target = try TemporaryDirectory()
    try copyDirectory(from: source.path, to: target.path)
    let copy = try File(target.path.appending("inner/file"), .readOnly, in: SystemFileSystem())
    #expect(try copy.status().byteCount == 9_003)
    #expect(try copy.read(byteCount: 9, at: 8_999) == [0, 1, 2, 3])
  }
}
