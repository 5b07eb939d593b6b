package import SystemPackage

/// What goes wrong with a call.
package enum Fault: Hashable, Sendable {
  /// Nothing happens, and the call answers with the error.
  case fail(Errno)
  /// Half of the bytes are read, written or allocated, and a read or write answers with the short count; the next call
  /// of its kind then fails with the error, if one is given. Calls without bytes just fail with it.
  case partial(then: Errno?)
  /// All is done, and the call answers with the error all the same.
  case succeedThenFail(Errno)
  /// The call waits until `FaultInjectingFileSystem.release()`, and is then done; so do all later ones of its plan's kinds.
  case stall
  /// The process stops before the call: this and every later call fails, and nothing reaches the disk.
  case crash
  /// The process stops in the middle of the call: half of the bytes arrive.
  case crashHalfway
}

/// One fault, and the call that it strikes.
package struct FaultPlan: Hashable, Sendable {
  /// Counted from 1 among the calls of `kinds` since the plan was given.
  package var callNumber: Int
  package var kinds: Set<CallKind>
  package var fault: Fault
  /// Calls of these kinds fail from then on with the error of `.fail`, until `heal()`: a full disk, a broken one.
  package var stickyKinds: Set<CallKind>

  package init(
    at callNumber: Int, of kinds: Set<CallKind> = .mutating, _ fault: Fault,
    sticky stickyKinds: Set<CallKind> = []
  ) {
    precondition(callNumber >= 1, "calls are counted from 1")
    self.callNumber = callNumber
    self.kinds = kinds
    self.fault = fault
    self.stickyKinds = stickyKinds
  }

  /// A disk without room from the given growing call on.
  package static func fullDisk(from callNumber: Int) -> FaultPlan {
    FaultPlan(at: callNumber, of: .growing, .fail(.noSpace), sticky: .growing)
  }
}

/// What to do with one call.
enum FaultAction {
  case pass
  case fail(Errno)
  case half(then: Errno?)
  case passThenFail(Errno)
  case stall

  var description: String? {
    switch self {
    case .pass: nil
    case .fail(let error): "fails: \(error)"
    case .half(nil): "half"
    case .half(let error?): "half, and fails: \(error)"
    case .passThenFail(let error): "done, yet fails: \(error)"
    case .stall: "stalls"
    }
  }
}

/// Counts the calls, and decides about each.
struct FaultState {
  /// How many of the newest calls are remembered, at least.
  static let logCount = 4096

  var plan: FaultPlan?
  var isCrashed = false
  var hasStruck = false
  var log: [Call] = []
  var counts: [CallKind: Int] = [:]
  var paths: [CInt: FilePath] = [:]
  private var plannedCount = 0
  private var sticky: Errno?
  private var isStalling = false
  private var following: (kind: CallKind, error: Errno)?

  init(plan: FaultPlan?) { self.plan = plan }

  mutating func arm(_ plan: FaultPlan?) {
    self.plan = plan
    plannedCount = 0
    hasStruck = false
    heal()
  }

  mutating func heal() {
    sticky = nil
    isStalling = false
    following = nil
  }

  /// Ends the plan as well.
  mutating func release() {
    heal()
    plan = nil
  }

  mutating func decide(about call: Call) -> FaultAction {
    counts[call.kind, default: 0] += 1
    let action = action(for: call.kind)
    var call = call
    call.fault = action.description
    if log.count >= 2 * Self.logCount { log.removeFirst(Self.logCount) }
    log.append(call)
    return action
  }

  private mutating func action(for kind: CallKind) -> FaultAction {
    if isCrashed { return .fail(.ioError) }
    if let following, following.kind == kind {
      self.following = nil
      return .fail(following.error)
    }
    if let plan, plan.kinds.contains(kind) {
      plannedCount += 1
      if plannedCount == plan.callNumber { return strike(plan, kind) }
      if isStalling { return .stall }
    }
    if let plan, let sticky, plan.stickyKinds.contains(kind) { return .fail(sticky) }
    return .pass
  }

  private mutating func strike(_ plan: FaultPlan, _ kind: CallKind) -> FaultAction {
    hasStruck = true
    switch plan.fault {
    case .fail(let error):
      if !plan.stickyKinds.isEmpty { sticky = error }
      return .fail(error)
    case .partial(let error):
      if kind == .read || kind == .write {
        following = error.map { (kind, $0) }
        return .half(then: nil)
      }
      return kind == .allocate ? .half(then: error) : error.map { .fail($0) } ?? .pass
    case .succeedThenFail(let error): return .passThenFail(error)
    case .stall:
      isStalling = true
      return .stall
    case .crash:
      isCrashed = true
      return .fail(.ioError)
    case .crashHalfway:
      isCrashed = true
      return .half(then: .ioError)
    }
  }
}
