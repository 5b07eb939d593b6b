public import ArgumentParser
internal import IntaglioFormat
public import IntaglioHooks
internal import IntaglioPolicyFile
internal import SystemPackage

/// The argument that names a policy.
struct PolicyArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The policy, in YAML or JSON; - is standard input.", valueName: "file"))
  var file: FilePath

  /// Reads the policy; a mistake in it ends the command.
  func policy() throws -> Policy {
    let bytes = try PolicyText(file).bytes()
    do throws(PolicyError) { return try PolicyFile.read(bytes) } catch {
      throw CommandError(error.located(in: file))
    }
  }
}

/// A file that may hold a policy, or cases for one.
struct PolicyText {
  private let path: FilePath

  init(_ path: FilePath) { self.path = path }

  /// All of its bytes, or one more than a policy may have, which its reader will refuse.
  ///
  /// - Throws: `ExitCode` 3 if it cannot be read, after saying why.
  func bytes() throws -> [UInt8] {
    do {
      guard path != "-" else { return try bytes(of: .standardInput) }
      let file = try FileDescriptor.open(path, .readOnly)
      return try file.closeAfter { try bytes(of: file) }
    } catch {
      let line = "intaglio: cannot read \(escaped(path.string)): \(error); nothing was checked\n"
      _ = try? FileDescriptor.standardError.writeAll(line.utf8)
      throw ExitCode(3)
    }
  }

  private func bytes(of file: FileDescriptor) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count <= Policy.Bounds.textByteCount {
      let next = try file.readBytes(upTo: 1 << 16)
      if next.isEmpty { break }
      bytes += next
    }
    return bytes
  }
}

extension PolicyError {
  /// The file, the line and the column, as compilers write them, and what is wrong there.
  func located(in file: FilePath) -> String { "\(file):\(line):\(column): \(what)" }
}

extension ToolIdentity: ExpressibleByArgument {
  /// The tool written as `argument`: `FAMILY:NAME`, `mcp:SERVER/NAME`, or a bare name for a function.
  public init?(argument: String) {
    guard argument.contains(":") else {
      guard !argument.isEmpty else { return nil }
      self.init(name: argument)
      return
    }
    self.init(argument)
  }
}
