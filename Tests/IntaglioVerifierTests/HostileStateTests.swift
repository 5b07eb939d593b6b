import Intaglio
import IntaglioFormat
import IntaglioState
import IntaglioTestSupport
import IntaglioVerifier
import Testing

/// Records of states that say anything end in findings: never in a trap, nor in memory or time without bounds.
@Suite("States that are hostile") struct HostileStateTests {
  @Test func `random bytes changed in any records of states`() throws {
    var generator = SeededGenerator(for: "hostile states")
    let whole = try StateTests.sample.get()
    let states = whole.records.indices.filter {
      (16...21).contains(whole.records[$0].kind.rawValue)
    }
    for round in 0..<(isDebugBuild ? 60 : 2000) {
      var forged = whole
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let sequence = states.randomElement(using: &generator)!
        switch Int.random(in: 0..<8, using: &generator) {
        case 0:
          forged.records[sequence].kind = RecordKind(UInt16.random(in: 16...21, using: &generator))
        case 1:
          let stream = UInt32.random(in: 0...3, using: &generator)
          forged.records[sequence].stream = StreamNumber(stream)
        case 2: forged.records[sequence].flags.formSymmetricDifference(.commit)
        case 3: forged.erase(sequence)
        case 4:
          let other = states.randomElement(using: &generator)!
          forged.edit(sequence) { $0 = whole.records[other].payload }
        default:
          forged.edit(sequence) { bytes in
            guard !bytes.isEmpty else { return }
            let offset = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[offset] = UInt8.random(in: 0...255, using: &generator)
          }
        }
      }
      let report = try TemporaryLog(forged.log).verify()
      // Records after the last commit had been durable, and are none of the log.
      let isCut = !forged.records.last!.flags.contains(.commit)
      #expect(
        report.findings.contains { $0.kind == .missing } == isCut, "round \(round): \(report)")
      #expect(
        report.findings.allSatisfy { [.state, .entry, .stream, .missing].contains($0.kind) },
        "round \(round): \(report)")
    }
  }

  /// A log with one space, in stream 1, and its salt.
  private static func space() throws -> (StateForgery, StateSalt) {
    let forged = try StateForgery.writing { _ = try $0.stateSpace(named: "a") }
    guard
      case .space(let salt)? = StatePayload(
        kind: .stateSpace, decoding: forged.records.last!.payload.rawSpan)
    else { preconditionFailure("the last record makes the space") }
    return (forged, StateSalt(bytes: salt)!)
  }

  @Test func `a count of changes that is huge`() throws {
    var (forged, _) = try Self.space()
    for count in [0, 1, 1 << 20, UInt32.max] as [UInt32] {
      var bytes: [UInt8] = []
      bytes.append(integer: count)
      forged.append(.stateChanged, bytes, in: 1)
      forged.append(.stateChanged, bytes + [UInt8](repeating: 0, count: 1 << 16), in: 1)
    }
    #expect(try forged.findings().count == 8)
  }

  @Test func `a large value that is named very often`() throws {
    var (forged, salt) = try Self.space()
    let value = [UInt8](repeating: 5, count: 1 << 20)
    let place = SequenceNumber(UInt64(forged.records.count))
    forged.append(.stateValue, value, in: 1)
    let id = salt.valueID(of: value)
    for start in stride(from: 0, to: 20_000, by: 1000) {
      let lines = (start..<start + 1000).map { number in
        StateChanges.Line.set(
          StateKey(component: "m", key: Array(String(100_000 + number).utf8))!,
          valueByteCount: value.count, valueID: id, .sequence(place))
      }
      forged.append(.stateChanged, StateChanges.encode(lines), in: 1)
    }
    // Hashed each time that it is named, it would be 20 GB.
    #expect(try forged.findings().isEmpty)
  }

  @Test func `more components than there may be`() throws {
    var (forged, salt) = try Self.space()
    let value = SequenceNumber(UInt64(forged.records.count))
    forged.append(.stateValue, [], in: 1)
    let id = salt.valueID(of: [UInt8]())
    let keys = (1000..<6000).map { StateKey(component: "c\($0)", key: [1])! }
    let lines = keys.map {
      StateChanges.Line.set($0, valueByteCount: 0, valueID: id, .sequence(value))
    }
    forged.append(.stateChanged, StateChanges.encode(lines), in: 1)
    var builder = StateBuilder(salt: salt)
    for key in keys {
      builder.append(StateEntry(key: key, valueByteCount: 0, valueID: id, sequence: value))
    }
    let root = builder.finish()
    let nodes = builder.takeNodes()
    for node in nodes { forged.append(.stateNode, node, in: 1, flags: []) }
    let checkpoint = forged.records.count
    let payload = StatePayload.Checkpoint(
      label: "", isAutomatic: false, root: root, node: .distance(1),
      counts: keys.prefix(64).map { .init(name: $0.component, count: 1) }, nodeCount: nodes.count,
      previous: nil, version: SequenceNumber(value.rawValue + 1))
    forged.append(.stateCheckpoint, StatePayload.checkpoint(payload).encoded, in: 1)
    #expect(try forged.findings().map(\.sequence) == [UInt64(checkpoint)])
    forged.edit(checkpoint) { bytes in
      let counts = keys.map { StatePayload.Component(name: $0.component, count: 1) }
      var more = payload
      more.counts = counts
      bytes = StatePayload.checkpoint(more).encoded
    }
    #expect(try forged.findings().map(\.sequence) == [UInt64(checkpoint)])
  }

  @Test func `so many wrong roots that the space is given up`() throws {
    var (forged, _) = try Self.space()
    let version = SequenceNumber(UInt64(forged.records.count - 1))
    var previous: SequenceNumber?
    for number in 0..<60 {
      let payload = StatePayload.Checkpoint(
        label: "", isAutomatic: false,
        root: Digest([UInt8](repeating: UInt8(number), count: 32).rawSpan), node: .sequence(0),
        counts: [], nodeCount: 0, previous: previous, version: version)
      previous = SequenceNumber(UInt64(forged.records.count))
      forged.append(.stateCheckpoint, StatePayload.checkpoint(payload).encoded, in: 1)
    }
    #expect(try forged.findings().count == 18)
  }
}
