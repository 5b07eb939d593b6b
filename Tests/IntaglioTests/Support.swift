import Glibc
@testable import Intaglio
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage

/// Segments of 64 KiB, nothing compressed: what most tests want.
func smallOptions(_ durability: Durability = .synced) -> LogOptions {
  var options = LogOptions()
  options.durability = durability
  options.segmentByteCount = 64 << 10
  options.compression = .none
  return options
}

func surroundings(
  _ system: any FileSystem = SystemFileSystem(), clock: SystemClock = .system
) -> Surroundings {
  var surroundings = Surroundings()
  surroundings.system = system
  surroundings.clock = clock
  return surroundings
}

extension Snapshot {
  /// The payloads of the users' records, in order.
  func userPayloads() throws -> [[UInt8]] {
    var payloads: [[UInt8]] = []
    try records.forEach { record in
      if !record.kind.isReserved { payloads.append(record.payloadBytes) }
    }
    return payloads
  }
}

func text(_ number: Int) -> [UInt8] { Array("record \(number)".utf8) }

func processID() -> Int { Int(getpid()) }
