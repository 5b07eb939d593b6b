/// What one contender did in one round of one case.
struct Sample: Codable, Sendable {
  /// In the unit of the workload.
  var value: Double
  /// How many records, or whatever is counted, the costs below belong to.
  var count: Int
  /// Time on all cores, in user and kernel space, background threads included.
  var cpuSeconds = 0.0
  /// How far the peak of resident memory rose above its level before, mapped files included.
  var peakByteCount = 0
  /// What the kernel accounts to the process for the disk: whole folios, so more than is sent.
  var writtenByteCount = 0
  /// The files when the contender had closed them.
  var diskByteCount = 0
}
