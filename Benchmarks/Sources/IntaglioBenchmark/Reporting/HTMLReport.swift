/// The report as one HTML file that needs nothing else: plots as SVG, and all tables.
struct HTMLReport {
  let results: Results

  var html: String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>Intaglio, side by side</title>
    <meta name="viewport" content="width=device-width"><style>\(Self.style)</style></head><body>
    <h1>Intaglio, side by side</h1>
    \(TextReport(results: results).origin.map { "<p>\($0.escapedForHTML)</p>" }.joined())
    <p>Every contender computes the same SHA-256 chain and stores it. Higher is better for records/s, lower for ms.
    “Intaglio is” says how many times faster Intaglio was, round by round.</p>
    \(modes)
    \(results.workloads.map(section).joined(separator: "\n"))
    </body></html>
    """
  }

  private var modes: String {
    let table = Table(modesOf: results)
    return table.rows.isEmpty ? "" : "<h2>All modes, one thread</h2>" + table.html
  }

  private func section(_ workload: WorkloadResult) -> String {
    let plots: String
    switch workload.plot {
    case .lines: plots = LinePlot(workload)?.svg ?? ""
    case .bars, .linesAndBars:
      plots =
        (workload.plot == .bars ? "" : LinePlot(workload)?.svg ?? "")
        + workload.cases.map { BarPlot($0, of: workload).svg }.joined()
    }
    let distributions = workload.cases
      .compactMap { LinePlot(latenciesOf: $0, title: "\(workload.title), \($0.label)")?.svg }
    return """
      <h2>\(workload.title.escapedForHTML)</h2><p>\(workload.explanation.escapedForHTML)</p>
      <div class="plots">\(plots)\(distributions.joined())</div>
      <details><summary>Tables</summary>
      \(workload.cases.map { Table($0, of: workload).html }.joined())</details>
      """
  }

  private static let style = """
    :root{color-scheme:light dark;--ink:#1c1c1e;--quiet:#6b6b70;--rule:#d9d9de;--paper:#fff}
    @media(prefers-color-scheme:dark){:root{--ink:#ececf0;--quiet:#9a9aa2;--rule:#3a3a40;--paper:#17171a}}
    body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);
    max-width:72rem;margin:2rem auto;padding:0 1rem}
    table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums;font-size:13px}
    th,td{padding:.2rem .7rem;border-bottom:1px solid var(--rule);text-align:right}
    th:first-child,td:first-child{text-align:left}th{color:var(--quiet);font-weight:600}
    .plots{display:flex;flex-wrap:wrap;gap:1rem}svg{max-width:100%}
    svg text{font:11px system-ui,sans-serif;fill:var(--ink)}svg .quiet{fill:var(--quiet)}
    svg .rule{stroke:var(--rule)}summary{cursor:pointer;color:var(--quiet)}p{max-width:60rem}
    """
}
