import Intaglio
import IntaglioTestSupport

/// The keys that a transaction of `writeStates` sets to one value.
let stateKeys = (0..<10).map { "key \($0)" }

/// Changes a state of its own without end: sets all keys to one number, makes checkpoints, and goes back to some.
///
/// Prints each acknowledged change as "SPACE VERSION NUMBER".
@Sendable func writeStates(_ log: Log, _ number: Int, seed: UInt64) throws {
  var generator = SeededGenerator(seed: seed &+ UInt64(number))
  let space = try log.stateSpace(named: "\(number)")
  while true {
    let receipt: Receipt
    switch Int.random(in: 0..<10, using: &generator) {
    case 0..<7:
      let value = Array("\(generator.next())".utf8)
      receipt = try space.transaction { state in
        for (index, key) in stateKeys.enumerated() {
          try state.set(value, index % 2 == 0 ? "memory" : "context", key)
        }
      }
      try receipt.wait()
    case 7, 8:
      try space.checkpoint(label: "")
      continue
    default:
      let all = try space.checkpoints.prefix(20).map { try $0.get() }
      guard let target = all.randomElement(using: &generator) else { continue }
      receipt = try space.rollback(to: target, reason: "test", by: "test")
    }
    let value = try space.value("memory", stateKeys[0]) ?? []
    printLine("\(number) \(receipt.sequence) \(String(decoding: value, as: UTF8.self))")
  }
}
