import Foundation

/// Lines over two logarithmic axes.
struct LinePlot {
  private struct Series {
    let name: String
    let points: [(x: Double, y: Double)]
  }
  private struct Tick {
    let position: Double
    let label: String
  }

  private let title: String
  private let series: [Series]
  private let xTicks: [Tick]
  private let yLabel: (Double) -> String

  /// The medians of a workload's cases, over what the cases vary.
  init?(_ workload: WorkloadResult) {
    title = "\(workload.unit.title) by \(workload.axis ?? "record size")"
    xTicks = workload.cases.compactMap { item in
      item.x.map { x in
        Tick(position: x, label: workload.plot == .lines ? item.label : Numbers.scaled(x))
      }
    }
    series = workload.contenders.map { name in
      Series(
        name: name,
        points: workload.cases.compactMap { item in
          guard let x = item.x, let y = item[name]?.values?.median, y > 0 else { return nil }
          return (x, y)
        })
    }.filter { !$0.points.isEmpty }
    yLabel = Numbers.scaled
    guard xTicks.count > 1, !series.isEmpty else { return nil }
  }

  /// The latency distributions of a case: over the share of operations that take longer, so that
  /// the tail has as much room as the middle.
  init?(latenciesOf item: CaseResult, title: String) {
    self.title = "\(title): latency by percentile"
    xTicks = [50.0, 90, 99, 99.9, 99.99].map {
      Tick(position: 100 / (100 - $0), label: "\($0.formatted())")
    }
    series = item.rows.compactMap { row in
      guard let latencies = row.latencies else { return nil }
      return Series(
        name: row.contender,
        points: latencies.points.filter { $0.percentile >= 10 && $0.nanoseconds > 0 }
          .map { (100 / (100 - $0.percentile), Double($0.nanoseconds)) })
    }
    yLabel = { $0 >= 1e6 ? Numbers.digits($0 / 1e6) + " ms" : Numbers.digits($0 / 1e3) + " µs" }
    guard !series.isEmpty else { return nil }
  }

  var svg: String {
    let width = 520.0
    let height = 300.0
    let (left, right, top, bottom) = (64.0, 120.0, 28.0, 28.0)
    let xs = series.flatMap(\.points).map(\.x) + xTicks.map(\.position)
    let ys = series.flatMap(\.points).map(\.y)
    let (lowX, highX) = (log10(xs.min()!), log10(xs.max()!))
    let (lowY, highY) = (floor(log10(ys.min()!)), ceil(log10(ys.max()!) + 0.001))
    func x(_ value: Double) -> Double {
      left + (log10(value) - lowX) / max(0.01, highX - lowX) * (width - left - right)
    }
    func y(_ value: Double) -> Double {
      height - bottom - (log10(value) - lowY) / (highY - lowY) * (height - top - bottom)
    }
    var body = #"<text x="0" y="14" class="quiet">\#(title.escapedForHTML)</text>"#
    for exponent in Int(lowY)...Int(highY) {
      let value = pow(10, Double(exponent))
      body += """
        <line class="rule" x1="\(left)" x2="\(width - right)" y1="\(y(value))" y2="\(y(value))"/>
        <text class="quiet" x="\(left - 6)" y="\(y(value) + 4)" text-anchor="end">\(yLabel(value))</text>
        """
    }
    for tick in xTicks {
      body += """
        <text class="quiet" x="\(x(tick.position))" y="\(height - 8)" text-anchor="middle">\(tick.label)</text>
        """
    }
    // Names stand where the lines end, moved apart where they would overlap.
    var taken = -Double.infinity
    for line in series.sorted(by: { y($0.points.last!.y) < y($1.points.last!.y) }) {
      let color = Palette.color(line.name)
      let path = line.points.map { "\(x($0.x)),\(y($0.y))" }.joined(separator: " ")
      taken = max(taken + 13, y(line.points.last!.y) + 4)
      body += """
        <polyline points="\(path)" fill="none" stroke="\(color)" stroke-width="2"/>
        \(line.points.map { #"<circle cx="\#(x($0.x))" cy="\#(y($0.y))" r="2.5" fill="\#(color)"/>"# }.joined())
        <text x="\(width - right + 8)" y="\(taken)" style="fill:\(color)">\(line.name.escapedForHTML)</text>
        """
    }
    return """
      <svg width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" role="img">\(body)</svg>
      """
  }
}
