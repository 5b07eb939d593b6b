/// The report as text: for the terminal, and as Markdown for documents.
struct TextReport {
  let results: Results

  /// Where the figures come from.
  var origin: [String] {
    let machine = results.machine
    let settings = results.settings
    return [
      "\(machine.processor), \(machine.coreCount) cores, "
        + "\(Numbers.digits(Double(machine.memoryByteCount) / 1_073_741_824)) GiB; "
        + "Linux \(machine.kernel), \(machine.system); \(machine.fileSystem)",
      "\(machine.date), load \(machine.loadAverage) before the run; "
        + "\(settings.isQuick ? "quick" : "full"): \(settings.roundCount) interleaved rounds, "
        + "\(Int(results.seconds)) s; medians, ± half the range; payloads from \(results.text)",
      results.versions.map { "\($0.name) \($0.version)" }.joined(separator: " · "),
    ]
  }

  var terminal: String {
    var text = origin.joined(separator: "\n") + "\n"
    for workload in results.workloads { text += "\n" + section(workload) }
    let modes = Table(modesOf: results)
    if !modes.rows.isEmpty { text += "\nAll modes, one thread\n\n" + modes.terminal + "\n" }
    return text
  }

  private func section(_ workload: WorkloadResult) -> String {
    "\(workload.title)\n\(workload.explanation)\n\n"
      + workload.cases.map { Table($0, of: workload).terminal + "\n" }.joined(separator: "\n")
  }

  var markdown: String {
    var text = origin.map { $0 + "\n" }.joined(separator: "\n")
    let modes = Table(modesOf: results)
    if !modes.rows.isEmpty { text += "\n### All modes, one thread\n\n\(modes.markdown)\n" }
    for workload in results.workloads {
      text += "\n### \(workload.title)\n\n\(workload.explanation)\n"
      for item in workload.cases { text += "\n" + Table(item, of: workload).markdown + "\n" }
    }
    return text
  }
}
