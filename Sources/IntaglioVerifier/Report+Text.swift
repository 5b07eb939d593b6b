internal import IntaglioFormat

extension Report: CustomStringConvertible {
  /// The report as lines for people: the verdict first, then the log, then what was found and where.
  public var description: String {
    var lines = [verdictSentence]
    if isLive {
      lines.append("A writer is at work: nothing beyond \(provenCount) records was judged.")
    }
    lines.append("")
    if let logID { lines.append("log        \(logID)") }
    if let origin { lines.append("origin     \(escaped(origin))") }
    if verdict != .unsupported { lines += countLines }
    if !findings.isEmpty { lines += ["", "Findings:"] + findings.map { "  \($0)" } }
    if findingCount > findings.count {
      lines.append("  and \(findingCount - findings.count) more")
    }
    if verdict == .corrupt || verdict == .rewritten || verdict == .truncated {
      lines += ["", "Records that hold: \(goodText)"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var verdictSentence: String {
    let besides = findingCount == 0 ? "" : " But see the findings."
    return switch verdict {
    case .clean: "Clean: \(countText), every one of them whole and linked." + besides
    case .empty: "Empty: no records, and nothing wrong." + besides
    case .tornTail:
      "Torn tail: \(countText), whole and linked; the last writes before a crash are incomplete, "
        + "nothing that was durable is lost." + besides
    case .truncated:
      "Truncated: \(provenCount) records were durable, \(committedCount) are left."
    case .corrupt: "Corrupt: after \(countText) the log is damaged."
    case .rewritten:
      "Rewritten: the log is not the one that was noted; history was replaced."
    case .unsupported: "Unsupported: a newer version wrote this log; nothing is said about it."
    }
  }

  private var countText: String { counted(Int(clamping: committedCount), "record") }

  private func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)" + (count == 1 ? "" : "s")
  }

  private var countLines: [String] {
    var lines = [
      "records    \(committedCount) committed, \(validCount) valid, \(provenCount) proven durable"
    ]
    lines.append(
      "size       \(byteCount) bytes in \(counted(segmentCount, "segment")), "
        + counted(streamCount, "stream"))
    if let states, states.spaceCount > 0 {
      lines.append(
        "states     \(counted(states.spaceCount, "space")), "
          + counted(states.checkpointCount, "checkpoint"))
    }
    // As `verify --head` takes it.
    if let chain, committedCount > 0 { lines.append("head       \(committedCount - 1):\(chain)") }
    if let residue {
      lines.append(
        "residue    \(residue.byteCount) bytes in \(residue.file) at \(residue.offset)")
    }
    return lines
  }

  private var goodText: String {
    if goodRanges.isEmpty { return "none" }
    let shown = goodRanges.prefix(20).map { range in
      let last = range.upperBound.rawValue - 1
      return range.lowerBound.rawValue == last ? "\(last)" : "\(range.lowerBound)-\(last)"
    }
    let rest = goodRanges.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more ranges" : "")
  }
}

extension Finding: CustomStringConvertible {
  /// One line: the kind, the place, and what it is.
  public var description: String {
    let record = sequence.map { ", record \($0)" } ?? ""
    return "\(kind.rawValue): \(file) at \(offset)\(record): \(text)"
  }
}
