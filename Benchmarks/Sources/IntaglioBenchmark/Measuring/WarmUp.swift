import Foundation

/// Touches memory and page cache before anything is measured.
///
/// On virtual machines the first touch of memory can be twenty times slower than any later one, because
/// the host provides it only then; whoever is measured first would pay for all others.
enum WarmUp {
  static func run(in directory: String) throws {
    let byteCount = min(4 << 30, freeByteCount / 2)
    try touchMemory(byteCount)
    try touchPageCache(byteCount / 2, directory + "/warm-up")
  }

  private static var freeByteCount: Int {
    Int(sysconf(Int32(_SC_AVPHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  private static func touchMemory(_ byteCount: Int) throws {
    let memory = mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let memory, memory != MAP_FAILED else { return }
    for offset in stride(from: 0, to: byteCount, by: 4096) {
      memory.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
    }
    munmap(memory, byteCount)
  }

  private static func touchPageCache(_ byteCount: Int, _ path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw ContenderError("cannot write in \(path)") }
    let block = [UInt8](repeating: 1, count: 1 << 20)
    for _ in 0..<(byteCount >> 20) where write(file, block, block.count) <= 0 { break }
    close(file)
    unlink(path)
  }
}
