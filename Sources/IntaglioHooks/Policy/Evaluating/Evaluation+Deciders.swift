extension Evaluation {
  /// What decided: the ids of the rules whose effect this is, or the name of what denies whatever rules say; none for the default.
  package var deciders: [String] {
    if invalidArguments != nil { return ["arguments.invalid"] }
    if hasImpossibleReview { return ["review.impossible"] }
    return applied.filter { !$0.isObserved && $0.effect == effect }.map(\.id)
  }
}
