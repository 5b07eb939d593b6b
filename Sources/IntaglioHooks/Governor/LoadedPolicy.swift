internal import IntaglioFormat

/// A policy with what is made of it once: its digest, as runs record it.
struct LoadedPolicy: Sendable {
  let policy: Policy?
  /// The digest in hexadecimal digits, or `none`.
  let name: String

  static let none = LoadedPolicy(policy: nil)
  static let nameOfNone = "none"

  init(policy: Policy?) {
    self.policy = policy
    name = policy?.digest.hex ?? Self.nameOfNone
  }

  /// What takes out of the texts of `tool` what the policy wants out.
  func redactor(for tool: ToolIdentity) -> Redactor {
    Redactor(rules: policy?.redactionRules(for: tool) ?? [])
  }

  /// `text` as it may be recorded; nil for none.
  func redacted(_ text: String?) -> JSON? {
    text.map { textRedactor.redact(text: $0)?.value ?? .string($0) }
  }

  /// What takes out of all other texts what the policy wants out wherever it stands.
  var textRedactor: Redactor { Redactor(rules: policy?.redactionRulesForAllTexts ?? []) }
}
