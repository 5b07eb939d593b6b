import Foundation

/// This program in another process, asked to do something by a hidden command.
final class Child {
  private let process = Process()
  private let output = Pipe()
  private var received = Data()

  init(_ arguments: [String]) throws {
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
  }

  /// The next line that the child prints; nil at the end.
  func line() throws -> String? {
    while true {
      if let end = received.firstIndex(of: 0x0A) {
        let line = String(decoding: received[..<end], as: UTF8.self)
        received = Data(received[(end + 1)...])
        return line
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { return nil }
      received += more
    }
  }

  /// Ends the child as `kill -9` does.
  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func waitUntilExit() { process.waitUntilExit() }
}

/// Prints a line at once.
func tell(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
