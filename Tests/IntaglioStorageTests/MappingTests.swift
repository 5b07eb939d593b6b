import IntaglioStorage
import IntaglioTestSupport
import Testing

@Suite struct MappingTests {
  @Test func aMappingShowsTheFileAndWhatIsWrittenLater() throws {
    let directory = try TemporaryDirectory()
    let file = try File(directory.path(of: "file"), .createNew, in: SystemFileSystem())
    try file.allocate(byteCount: 8192)
    try file.write([1, 2, 3], at: 4095)
    let mapping = try file.map(byteCount: 8192)
    #expect(mapping.byteCount == 8192)
    #expect(mapping.bytes.unsafeLoad(fromByteOffset: 4096, as: UInt8.self) == 2)
    try file.write([9], at: 4096)
    #expect(mapping.bytes.unsafeLoad(fromByteOffset: 4096, as: UInt8.self) == 9)
  }

  @Test func bytesOfAMappingOutliveFileAndName() throws {
    let directory = try TemporaryDirectory()
    let bytes: MappedBytes
    do {
      let file = try File(directory.path(of: "file"), .createNew, in: SystemFileSystem())
      try file.write([1, 2, 3, 4], at: 0)
      bytes = MappedBytes(try file.map(byteCount: 4), 1..<3)
    }
    try directory.directory().remove("file")
    #expect(bytes.span.byteCount == 2)
    #expect(bytes.span.unsafeLoad(fromByteOffset: 1, as: UInt8.self) == 3)
  }

  @Test func aMappingIsUnmappedOnceWhenTheLastReferenceGoes() throws {
    let directory = try TemporaryDirectory()
    let system = FaultInjectingFileSystem()
    do {
      let file = try File(directory.path(of: "file"), .createNew, in: system)
      try file.allocate(byteCount: 4096)
      let first = MappedBytes(try file.map(byteCount: 4096), 0..<1)
      let second = first
      #expect(system.callCount(of: [.unmap]) == 0)
      withExtendedLifetime((first, second)) {}
    }
    #expect(system.callCount(of: [.unmap]) == 1)
  }
}
