/// What a model is asked.
public struct ModelRequest: Sendable {
  /// The model, if the framework says it.
  public var model: String?
  /// Who serves it, as OpenTelemetry names providers.
  public var provider: String?
  /// The instructions given beside the input.
  public var instructions: String?
  /// The items of the input, oldest first, each one JSON text; one that came before is stored only once in a run.
  public var input: [String]

  /// A request with `input`.
  public init(
    model: String? = nil, provider: String? = nil, instructions: String? = nil, input: [String]
  ) {
    self.model = model
    self.provider = provider
    self.instructions = instructions
    self.input = input
  }
}

/// What a model answered.
public struct ModelResponse: Sendable {
  /// The model that answered.
  public var model: String?
  /// The provider's id of the answer.
  public var id: String?
  /// Why it stopped, one for each choice.
  public var finishReasons: [String] = []
  /// Tokens of the input, if told.
  public var inputTokenCount: Int?
  /// Tokens of the output, if told.
  public var outputTokenCount: Int?
  /// The items of the output, each one JSON text.
  public var output: [String]

  /// An answer with `output`.
  public init(
    output: [String], model: String? = nil, id: String? = nil, finishReasons: [String] = [],
    inputTokenCount: Int? = nil, outputTokenCount: Int? = nil
  ) {
    self.output = output
    self.model = model
    self.id = id
    self.finishReasons = finishReasons
    self.inputTokenCount = inputTokenCount
    self.outputTokenCount = outputTokenCount
  }
}
