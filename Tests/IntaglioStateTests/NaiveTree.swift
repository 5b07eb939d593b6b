import IntaglioFormat
import IntaglioState

/// A tree made as the specification says, with arrays and nothing of the code under test but keys and hashes.
struct NaiveTree {
  /// The identity parts of each level's nodes, from the leaves up; the last level has one.
  private(set) var levels: [[[UInt8]]] = []

  var rootID: Digest { Self.id(levels.last![0]) }

  private struct Line {
    var component: [UInt8]
    var key: [UInt8]
    var measure: UInt64
    var id: Digest

    func encoded(level: Int) -> [UInt8] {
      var builder = ByteBuilder()
      builder.append(UInt8(component.count))
      builder.append(UInt16(key.count))
      if level == 0 { builder.append(UInt32(measure)) } else { builder.append(measure) }
      builder.append(component + key + id.bytes)
      return builder.bytes
    }
  }

  init(_ entries: [StateEntry], _ chunking: Chunking) {
    var lines = entries.map { entry in
      Line(
        component: Array(entry.key.component.utf8), key: entry.key.key,
        measure: UInt64(entry.valueByteCount), id: entry.valueID)
    }
    repeat {
      let level = levels.count
      let nodes = Self.cut(lines, level, chunking)
      levels.append(nodes.map { Self.identity($0, level) })
      lines = zip(nodes, levels[level]).map { node, identity in
        Line(
          component: node.first?.component ?? [], key: node.first?.key ?? [],
          measure: level == 0 ? UInt64(node.count) : node.reduce(0) { $0 + $1.measure },
          id: Self.id(identity))
      }
    } while lines.count > 1
  }

  private static func cut(_ lines: [Line], _ level: Int, _ chunking: Chunking) -> [[Line]] {
    var nodes: [[Line]] = []
    var rest = lines
    while true {
      // Ends of the first items, up to the first one that lies outside a largest node.
      var ends: [Int] = []
      for line in rest {
        if ends.last ?? 0 > chunking.maximumByteCount { break }
        ends.append((ends.last ?? 0) + line.encoded(level: level).count)
      }
      if ends.last ?? 0 <= chunking.maximumByteCount { return nodes + [Array(rest)] }
      let candidates = ends.indices.filter {
        chunking.minimumByteCount <= ends[$0] && ends[$0] <= chunking.maximumByteCount
      }
      let values = candidates.map { boundaryValue(rest[$0].component, rest[$0].key, level) }
      let best = candidates[values.firstIndex(of: values.max()!)!]
      nodes.append(Array(rest[...best]))
      rest.removeFirst(best + 1)
    }
  }

  static func boundaryValue(_ component: [UInt8], _ key: [UInt8], _ level: Int) -> UInt64 {
    let tag = Array("intaglio/v1 boundary\n".utf8)
    let digest = SHA256.hash(
      tag + salt.bytes + [UInt8(level), UInt8(component.count)] + component + key)
    return digest.bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func identity(_ lines: [Line], _ level: Int) -> [UInt8] {
    [UInt8(level), 0, 0, 0]
      + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: lines.count >> $0) }
      + lines.flatMap { $0.encoded(level: level) }
  }

  private static func id(_ identity: [UInt8]) -> Digest {
    SHA256.hash(Array("intaglio/v1 node\n".utf8) + identity)
  }
}
