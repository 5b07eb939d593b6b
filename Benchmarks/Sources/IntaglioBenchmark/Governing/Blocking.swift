import Dispatch
import Synchronization

/// Runs `body` in a task and blocks the calling thread, which is none of the cooperative pool's, until it has ended.
func blocking<Value: Sendable>(
  _ body: @escaping @Sendable () async throws -> Value
) throws -> Value {
  let ending = Ending<Value>()
  Task {
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    ending.outcome.withLock { $0 = result }
    ending.isDone.signal()
  }
  ending.isDone.wait()
  return try ending.outcome.withLock { $0! }.get()
}

private final class Ending<Value: Sendable>: Sendable {
  let outcome = Mutex<Result<Value, any Error>?>(nil)
  let isDone = DispatchSemaphore(value: 0)
}
