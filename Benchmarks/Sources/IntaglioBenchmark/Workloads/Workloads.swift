/// All workloads, in the order of the report.
///
/// A new line is a new file beside this one and an entry here.
enum Workloads {
  static let all: [any Workload] = [
    AppendWorkload(
      mode: .buffered, quick: [256, 1024, 8192], full: [64, 256, 1024, 8192, 65_536]),
    AppendWorkload(mode: .written, quick: [256], full: [256]),
    AppendWorkload(mode: .writtenBatches, quick: [256, 1024], full: [64, 256, 1024, 8192]),
    AppendWorkload(mode: .syncedBatches, quick: [256], full: [256, 1024]),
    AppendWorkload(mode: .syncedPipelined, quick: [256], full: [256, 1024]),
    ThreadsWorkload(),
    ReadWorkload(),
    StreamsWorkload(),
    MixedWorkload(),
    CompressionWorkload(),
    FollowWorkload(),
    ReopenWorkload(),
    StateWorkload(),
    GateWorkload(),
    MissionWorkload(),
    ReviewWorkload(),
  ]

  /// Only with `--python`.
  static let python: [any Workload] = [PythonWorkload()]
}
