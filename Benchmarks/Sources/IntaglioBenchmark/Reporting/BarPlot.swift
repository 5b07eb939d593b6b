/// One bar for each contender of a case, with a line from the slowest to the fastest round.
struct BarPlot {
  private let item: CaseResult
  private let workload: WorkloadResult

  init(_ item: CaseResult, of workload: WorkloadResult) {
    self.item = item
    self.workload = workload
  }

  var svg: String {
    let rows = item.rows.compactMap { row in row.values.map { (row.contender, $0) } }
    let longest = rows.map(\.1.maximum).max() ?? 1
    let left = 120.0
    let width = 300.0
    let height = 36 + rows.count * 22
    let bars = rows.enumerated().map { index, row in
      let y = 30 + index * 22
      let scale = width / longest
      let value = Numbers.value(row.1.median, workload.unit)
      return """
        <text x="\(left - 8)" y="\(y + 12)" text-anchor="end">\(row.0.escapedForHTML)</text>
        <rect x="\(left)" y="\(y)" width="\(row.1.median * scale)" height="16" rx="2"
         fill="\(Palette.color(row.0))"/>
        <line x1="\(left + row.1.minimum * scale)" x2="\(left + row.1.maximum * scale)"
         y1="\(y + 8)" y2="\(y + 8)" stroke="currentColor" stroke-width="1"/>
        <text x="\(left + row.1.maximum * scale + 6)" y="\(y + 12)">\(value)</text>
        """
    }
    return """
      <svg width="500" height="\(height)" viewBox="0 0 500 \(height)" role="img">
      <text x="0" y="14" class="quiet">\(item.label.escapedForHTML), \(workload.unit.title)</text>
      \(bars.joined())</svg>
      """
  }
}
