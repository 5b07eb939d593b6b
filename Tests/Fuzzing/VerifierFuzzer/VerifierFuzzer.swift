// swift-format-ignore-file: NeverUseForceTry
// A fuzzer that cannot set itself up is to stop there.

// libFuzzer target: a log of one segment whose frames are the input, under a header that is valid. The verifier ends with a
// report; and it never calls a log clean whose bytes are not those of the log that was made.
//
// Run with Tests/Fuzzing/run.

import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import SystemPackage

private let logID = LogID(bytes: [UInt8](repeating: 7, count: 16))!
private let directory = try! TemporaryDirectory()
private let header = SegmentHeader(
  logID: logID, number: 0, firstSequence: .zero, capacity: 16_384, nonce: 9,
  previousChain: logID.genesis)

private let isPrepared: Bool = {
  let root = directory.directory()
  let manifest = Manifest(logID: logID, origin: "fuzz")
  try! root.replace("MANIFEST", with: manifest.encoded.rawSpan, temporarySuffix: ".tmp")
  _ = try! Directory(directory.path(of: "segments"), in: SystemFileSystem()).make()
  return true
}()

func fuzzVerifier(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  precondition(isPrepared)
  var bytes = header.encoded
  unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: min(count, 12_288)))
  bytes.append(contentsOf: repeatElement(0, count: 16_384 - bytes.count))
  let path = directory.path(of: "segments").appending(FileName.segment(.zero))
  let file = try! File(path, .create, in: SystemFileSystem())
  try! file.write(bytes, at: 0)
  var verifier = Verifier()
  verifier.threadCount = 1
  let report = try! verifier.verify(directory.path)
  // Without record 0, which has to hold the manifest, nothing is clean but an empty log.
  if report.verdict == .empty { precondition(bytes[4096...].allSatisfy { $0 == 0 }) }
  precondition(!report.description.isEmpty)
  return 0
}

// The package manager names the entry point of a program after it; libFuzzer's own loop is started from there.
@_cdecl("VerifierFuzzer_main")
func main(_ count: CInt, _ arguments: FuzzerArguments) -> CInt {
  var count = count
  var arguments: FuzzerArguments? = arguments
  return unsafe runFuzzer(&count, &arguments) { unsafe fuzzVerifier($0, $1) }
}

typealias FuzzerArguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<FuzzerArguments?>,
  _ target: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
