import Foundation

/// Runs workloads: the rounds of a case interleave its contenders (A B C, B C A, C A B), so that whatever
/// else the machine does meets all of them.
struct Runner {
  let context: Context
  /// Who takes part; empty for all.
  let contenders: [String]

  func run(_ workload: any Workload) throws -> WorkloadResult {
    var result = WorkloadResult(
      name: workload.name, title: workload.title, explanation: workload.explanation,
      unit: workload.unit, plot: workload.plot, axis: workload.axis)
    for item in try workload.cases(context) {
      let start = nanoseconds()
      result.cases.append(run(item))
      note(
        "\(workload.name): \(item.label) "
          + "(\(seconds(since: start).formatted(.number.precision(.fractionLength(1)))) s)")
    }
    return result
  }

  private func run(_ whole: Case) -> CaseResult {
    let item = Case(
      label: whole.label, x: whole.x,
      entrants: whole.entrants.filter { contenders.isEmpty || contenders.contains($0.name) })
    var rows = item.entrants.map { Row(contender: $0.name) }
    for (index, entrant) in item.entrants.enumerated() {
      attempt(&rows[index]) { _ in try entrant.prepare() }
    }
    for round in 0..<context.settings.roundCount {
      for turn in item.entrants.indices {
        let index = (turn + round) % item.entrants.count
        guard rows[index].failure == nil else { continue }
        attempt(&rows[index]) { $0.samples.append(try item.entrants[index].measure()) }
      }
    }
    for (index, entrant) in item.entrants.enumerated() {
      rows[index].latencies = entrant.latencies?.summary
      attempt(&rows[index]) { _ in try entrant.finish() }
    }
    return CaseResult(
      label: item.label, x: item.x,
      rows: rows.filter { !$0.samples.isEmpty || $0.failure != nil })
  }

  /// What fails is a note in the report, and the others go on.
  private func attempt(_ row: inout Row, _ body: (inout Row) throws -> Void) {
    do { try body(&row) } catch is NotMeasured {} catch {
      row.failure = row.failure ?? "\(error)"
      note("\(row.contender): \(error)")
    }
  }
}

/// Says on standard error what is going on.
func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
