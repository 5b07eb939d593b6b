internal import IntaglioFormat

/// The committed records of states, in the order of the log.
///
/// They are counted from 0 as *ordinals*, so that a bit for each of them needs no more than that.
struct StateIndex: Sendable {
  private struct Part: Sendable {
    let segmentIndex: Int
    let firstOrdinal: Int
    let notes: [StateNote]
  }

  private var parts: [Part] = []
  private(set) var count = 0

  /// - Parameter notes: of the valid prefix, by segment.
  init(_ notes: [(segmentIndex: Int, notes: RecordNotes)], committedCount: UInt64) {
    for (segmentIndex, notes) in notes where !notes.states.isEmpty {
      parts.append(Part(segmentIndex: segmentIndex, firstOrdinal: count, notes: notes.states))
      count += partition(notes.states.count) {
        notes.states[$0].sequence.rawValue < committedCount
      }
    }
  }

  subscript(ordinal: Int) -> StatePlace {
    let part = parts[partition(parts.count) { parts[$0].firstOrdinal <= ordinal } - 1]
    return StatePlace(
      note: part.notes[ordinal - part.firstOrdinal], segmentIndex: part.segmentIndex,
      ordinal: ordinal)
  }

  /// The record at `sequence`, if it is one of a state.
  subscript(sequence: SequenceNumber) -> StatePlace? {
    let after = partition(parts.count) { parts[$0].notes[0].sequence <= sequence }
    guard after > 0 else { return nil }
    let part = parts[after - 1]
    let index = partition(part.notes.count) { part.notes[$0].sequence < sequence }
    guard index < part.notes.count, part.notes[index].sequence == sequence,
      part.firstOrdinal + index < count
    else { return nil }
    return StatePlace(
      note: part.notes[index], segmentIndex: part.segmentIndex, ordinal: part.firstOrdinal + index)
  }
}

/// A record of a state, and where it lies.
struct StatePlace: Hashable, Sendable {
  let note: StateNote
  let segmentIndex: Int
  let ordinal: Int

  var sequence: SequenceNumber { note.sequence }
  var kind: RecordKind { note.kind }
}

/// How many of the numbers from 0 on are in front; those that are come first.
private func partition(_ count: Int, isInFront: (Int) -> Bool) -> Int {
  var low = 0
  var high = count
  while low < high {
    let middle = (low + high) / 2
    if isInFront(middle) { low = middle + 1 } else { high = middle }
  }
  return low
}

/// A bit for each number below a count.
struct BitSet: Sendable {
  private var words: [UInt64]

  init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

  func contains(_ index: Int) -> Bool { words[index / 64] >> UInt64(index % 64) & 1 == 1 }

  /// False if it was there.
  @discardableResult
  mutating func insert(_ index: Int) -> Bool {
    defer { words[index / 64] |= 1 << UInt64(index % 64) }
    return !contains(index)
  }
}
