import CHash
import Foundation

/// Verification, scan and point reads of a log that is in the page cache.
struct ReadWorkload: Workload {
  var name: String { "read" }
  var title: String { "Verify, scan, read" }
  var explanation: String {
    """
    256 B, all in the page cache. Verify computes every hash anew; Intaglio's verifier also checks CRCs, frames, \
    segment files and heads. The lanes' limit hashes the same bytes in memory and does nothing else. A scan and a \
    point read touch every byte of the payload; Intaglio and plain C check a CRC, the others by default check \
    none or one a block.
    """
  }
  var unit: Unit { .recordsPerSecond }
  var plot: Plot { .bars }

  func cases(_ context: Context) -> [Case] {
    let stores = Contenders.readers.filter { $0.abilities.contains(.scans) }.map {
      SharedStore(context, $0, count: context.settings.readCount, byteCount: 256)
    }
    let limit = LanesLimit(context)
    let threadCounts = Set([1, ProcessInfo.processInfo.activeProcessorCount]).sorted()
    let verifying = threadCounts.map { threadCount in
      Case(
        label: "verify, \(threadCount) thread" + (threadCount == 1 ? "" : "s"),
        entrants: stores.map { shared in
          Entrant(name: shared.contender.name) {
            try measure(shared) { store in
              try store.verify(threadCount: threadCount)
              return shared.count
            }
          }
        } + [
          Entrant(name: "lanes' limit") { limit.measure(threadCount: threadCount) }
        ])
    }
    return verifying + [scanning(stores), pointReading(context, stores)]
  }

  private func scanning(_ stores: [SharedStore]) -> Case {
    Case(
      label: "scan",
      entrants: stores.map { shared in
        Entrant(name: shared.contender.name) { try measure(shared) { try $0.scan() } }
      })
  }

  private func pointReading(_ context: Context, _ stores: [SharedStore]) -> Case {
    Case(
      label: "point reads",
      entrants: stores.map { shared in
        Entrant(
          name: shared.contender.name,
          measure: {
            guard shared.contender.abilities.contains(.pointReads) else { throw NotMeasured() }
            return try measure(shared) { store in
              let readCount = context.settings.isQuick ? 50_000 : 200_000
              try store.refresh()
              var random = SplitMix(state: 7)
              var sum: UInt64 = 0
              for _ in 0..<readCount {
                sum &+= try store.read(Int(random.next() % UInt64(shared.count)))
              }
              keep(sum)
              return readCount
            }
          },
          // The last case that needs the log.
          finish: { try shared.close() })
      })
  }

  private func measure(_ shared: SharedStore, _ body: (any Store) throws -> Int) throws -> Sample {
    let store = try shared.store()
    let meter = Meter()
    let count = try body(store)
    return meter.sample(Double(count) / meter.seconds, count: count)
  }
}

/// Says that a contender has no answer: a dash.
struct NotMeasured: Error {}
