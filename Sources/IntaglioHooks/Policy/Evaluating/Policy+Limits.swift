internal import IntaglioFormat

extension Policy {
  /// What a call takes of a limit.
  package enum Amount: Hashable, Sendable {
    case count(LimitCount)
    /// It cannot be told, and why; the limit denies the call.
    case errs(String)
  }

  /// The limits that a call counts for, in the order of the policy, with what it takes of each.
  package func limits(for input: PolicyInput) -> [(limit: Limit, amount: Amount)] {
    var effort = Effort()
    return limits.compactMap { limit in
      switch limit.tools.map({ ToolPattern.truth($0, of: input, &effort) }) ?? .holds {
      case .fails: nil
      case .errs(let reason): (limit, .errs(reason))
      case .holds: (limit, limit.amount(of: input, &effort))
      }
    }
  }
}

extension Policy.Limit {
  fileprivate func amount(of input: PolicyInput, _ effort: inout Effort) -> Policy.Amount {
    guard let sum else { return .count(.one) }
    let arguments: JSON
    switch input.arguments {
    case .success(let json): arguments = json
    case .failure(let error): return .errs(PolicyInput.invalidArguments(error))
    }
    switch sum.target(in: arguments, &effort) {
    case .error(let reason): return .errs(reason)
    case .nothing: return .errs("\(sum.subject) is missing")
    case .value(.number(let text)):
      if let count = LimitCount(text) { return .count(count) }
      return .errs(
        "\(sum.subject) is negative, too large, or has more than 9 digits after the point")
    case .value(let other): return .errs("\(sum.subject) is \(Kind(of: other).words), not a number")
    }
  }
}
