internal import Glibc
internal import IntaglioStorage

extension File {
  /// The sectors of the file that are not zero, each in full length.
  func sectors(byteCount: Int) throws(StorageError) -> [Int: [UInt8]] {
    var sectors: [Int: [UInt8]] = [:]
    let size = SimulatedFile.sectorByteCount
    for start in stride(from: 0, to: byteCount, by: 64 * size) {
      let chunk = try read(byteCount: min(64 * size, byteCount - start), at: start)
      for offset in stride(from: 0, to: chunk.count, by: size) {
        if let sector = nonzeroSector(of: chunk, at: offset) {
          sectors[(start + offset) / size] = sector
        }
      }
    }
    return sectors
  }

  /// Gives an empty file a length and sectors; those beyond the length are left out.
  func fill(_ sectors: [Int: [UInt8]], byteCount: Int) throws(StorageError) {
    for (sector, content) in sectors {
      let offset = sector * SimulatedFile.sectorByteCount
      if offset < byteCount { try write(content, at: offset) }
    }
    try truncate(to: byteCount)
  }
}

/// A sector of `chunk`, filled up with zeros; nil if there is nothing but zeros.
///
/// Fast without optimization, too.
private func nonzeroSector(of chunk: [UInt8], at offset: Int) -> [UInt8]? {
  let count = min(SimulatedFile.sectorByteCount, chunk.count - offset)
  return unsafe chunk.withUnsafeBytes { chunk in
    let source = unsafe chunk.baseAddress! + offset
    let isZero = unsafe SimulatedFile.zeroSector.withUnsafeBytes { zeros in
      unsafe memcmp(source, zeros.baseAddress!, count) == 0
    }
    if isZero { return nil }
    var sector = SimulatedFile.zeroSector
    unsafe sector.withUnsafeMutableBytes { sector in
      unsafe sector.baseAddress!.copyMemory(from: source, byteCount: count)
    }
    return sector
  }
}

/// Lets the thread wait.
func sleep(nanoseconds: Int) {
  guard nanoseconds > 0 else { return }
  var time = timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
  unsafe nanosleep(&time, nil)
}
