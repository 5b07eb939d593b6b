/// A table of text: the same cells for the terminal, Markdown and HTML.
struct Table {
  let header: [String]
  var rows: [[String]] = []

  /// All that is known of a workload's case.
  init(_ item: CaseResult, of workload: WorkloadResult) {
    let hasLatencies = item.rows.contains { $0.latencies != nil }
    header =
      [item.label, workload.unit.title, "±", "Intaglio is", "(range)"]
      + (hasLatencies ? ["p50 µs", "p99", "p99.9", "max"] : [])
      + ["CPU µs", "memory", "disk B", "sent B"]
    for name in workload.contenders {
      guard let row = item[name], let values = row.values else {
        let reason = item[name]?.failure.map { "failed: \($0)" } ?? ""
        rows.append([name, "–", reason] + Array(repeating: "", count: header.count - 3))
        continue
      }
      let ratios = item.ratios(row, workload.unit)
      rows.append(
        [
          name, Numbers.value(values.median, workload.unit),
          "\(Numbers.digits(values.spread)) %",
          ratios.map { Numbers.ratio($0.median) } ?? "",
          ratios.map { "\(Numbers.digits($0.minimum))–\(Numbers.digits($0.maximum))" } ?? "",
        ] + (hasLatencies ? Self.latencies(row.latencies) : []) + Self.costs(row))
    }
  }

  private static func latencies(_ latencies: LatencySummary?) -> [String] {
    guard let latencies else { return ["", "", "", ""] }
    return [latencies[50], latencies[99], latencies[99.9], latencies.maximum]
      .map(Numbers.microseconds)
  }

  /// Zero stands for what was not taken.
  private static func costs(_ row: Row) -> [String] {
    [
      row.cpuMicrosecondsPerRecord.map { $0 == 0 ? "" : Numbers.digits($0) } ?? "",
      row.peakByteCount.map { $0 == 0 ? "" : Numbers.bytes($0) } ?? "",
      row.diskBytesPerRecord.map { $0 == 0 ? "" : Numbers.digits($0) } ?? "",
      row.writtenBytesPerRecord.map { $0 == 0 ? "" : Numbers.digits($0) } ?? "",
    ]
  }

  /// One figure for each contender and mode: who can do what at all, and how fast.
  init(modesOf results: Results) {
    let appends = results.workloads.compactMap { workload -> (WorkloadResult, CaseResult)? in
      guard workload.name.hasPrefix("append-") || workload.name == "durable-threads",
        let item = workload.cases.first(where: { ["256 B", "1 thread"].contains($0.label) })
      else { return nil }
      return (workload, item)
    }
    header = ["256 B, records/s"] + appends.map { Self.modeTitle($0.0.name) }
    for contender in results.versions.map(\.name) {
      let cells = appends.map { workload, item in
        item[contender]?.values.map { Numbers.value($0.median, workload.unit) } ?? "–"
      }
      if cells.contains(where: { $0 != "–" }) { rows.append([contender] + cells) }
    }
  }

  private static func modeTitle(_ name: String) -> String {
    switch name {
    case "append-buffered": "buffered: lost with the process"
    case "append-written": "each survives kill -9"
    case "append-writtenBatches": "batch survives kill -9"
    case "append-syncedBatches": "batch survives power loss"
    case "append-syncedPipelined": "same, pipelined"
    default: "each survives power loss"
    }
  }
}

extension Table {
  /// In columns, the first one to the left and all others to the right.
  var terminal: String {
    let widths = header.indices.map { column in
      ([header] + rows.map { $0 }).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      zip(cells, widths).enumerated().map { index, cell in
        let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
        return index == 0 ? cell.0 + space : space + cell.0
      }.joined(separator: "  ")
    }
    return
      ([line(header), widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")]
      + rows.map(line)).joined(separator: "\n")
  }

  var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = header.indices.map { $0 == 0 ? "---" : "---:" }
    return ([line(header), line(rule)] + rows.map(line)).joined(separator: "\n")
  }

  var html: String {
    func line(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\($0.escapedForHTML)</\(tag)>" }.joined() + "</tr>"
    }
    return "<table><thead>\(line(header, "th"))</thead><tbody>"
      + rows.map { line($0, "td") }.joined() + "</tbody></table>"
  }
}

extension String {
  var escapedForHTML: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
