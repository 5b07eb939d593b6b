import IntaglioFormat
import Testing

/// The table of verdicts, walked: every combination of what can be found.
@Suite struct VerdictTests {
  /// One line of the table as FileFormat has it: what must be so, and what is then the verdict.
  ///
  /// Stated anew, not taken from the code: conditions stand apart, and each line is checked against all facts.
  private struct Line {
    let verdict: Verdict
    let holds: (OpeningFacts) -> Bool
  }

  private let table: [Line] = [
    Line(verdict: .unsupported) { $0.hasNewerVersion },
    Line(verdict: .rewritten) { $0.contradictsHead },
    Line(verdict: .corrupt) { $0.committedCount < $0.provenCount && $0.hasResidue },
    Line(verdict: .truncated) { $0.committedCount < $0.provenCount && !$0.hasResidue },
    Line(verdict: .corrupt) { $0.hasResidueOutsideLastSegment || $0.hasWrongFile },
    Line(verdict: .corrupt) { $0.hasResidue && $0.isSameBoot && $0.hasFrameBeyondGap },
    Line(verdict: .tornTail) { $0.hasResidue },
    Line(verdict: .empty) { $0.committedCount == 0 },
    Line(verdict: .clean) { _ in true },
  ]

  @Test func everyCombinationOfFactsHasTheVerdictOfTheFirstLineThatMatches() {
    var matchCounts = [Int](repeating: 0, count: table.count)
    for facts in allFacts {
      let index = table.firstIndex { $0.holds(facts) }!
      matchCounts[index] += 1
      #expect(facts.verdict == table[index].verdict, "line \(index + 1): \(facts)")
    }
    #expect(!matchCounts.contains(0), "a line that no facts match: \(matchCounts)")
  }

  @Test func onlyLogsThatLostNothingDurableAreWritable() {
    let writable = Verdict.allCases.filter(\.isWritable)
    #expect(writable == [.tornTail, .empty, .clean])
  }

  @Test func nothingFoundIsAnEmptyLog() { #expect(OpeningFacts().verdict == .empty) }

  /// Both orders of C and P, equality, and zero; with each of the seven facts true and false.
  private var allFacts: [OpeningFacts] {
    let counts: [(UInt64, UInt64)] = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 1), (7, .max)]
    return (0..<128).flatMap { bits in
      counts.map { committed, proven in
        var facts = OpeningFacts()
        facts.hasNewerVersion = bits & 1 != 0
        facts.contradictsHead = bits & 2 != 0
        facts.hasResidue = bits & 4 != 0
        facts.hasResidueOutsideLastSegment = bits & 8 != 0
        facts.hasWrongFile = bits & 16 != 0
        facts.isSameBoot = bits & 32 != 0
        facts.hasFrameBeyondGap = bits & 64 != 0
        facts.committedCount = committed
        facts.provenCount = proven
        return facts
      }
    }
  }
}
