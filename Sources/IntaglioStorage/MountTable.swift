internal import SystemPackage

/// Which file systems are mounted, from /proc/self/mountinfo (proc(5)).
package enum MountTable {
  /// The name of the file system on `device` if locks, mappings or syncs are not there what the engine needs, else nil.
  package static func unsuitableFileSystem(device: UInt64) -> String? {
    text.flatMap { unsuitableFileSystem(device: device, mountInfo: $0) }
  }

  /// Whether the file system on `device` writes a block that it has given to a file where it is, and so never runs out of space
  /// for it: what a mapping for writing needs.
  package static func overwritesInPlace(device: UInt64) -> Bool {
    text.map { overwritesInPlace(device: device, mountInfo: $0) } ?? false
  }

  private static var text: String? {
    guard let file = try? File("/proc/self/mountinfo", .readOnly, in: SystemFileSystem()),
      let text = try? file.read(byteCount: 1 << 20, at: 0)
    else { return nil }
    return String(decoding: text, as: UTF8.self)
  }

  static func unsuitableFileSystem(device: UInt64, mountInfo: String) -> String? {
    guard let type = fileSystem(device: device, mountInfo: mountInfo) else { return nil }
    let isUnsuitable =
      type.hasPrefix("nfs") || type.hasPrefix("fuse") || type == "9p" || type == "cifs"
      || type.hasPrefix("smb")
    return isUnsuitable ? type : nil
  }

  static func overwritesInPlace(device: UInt64, mountInfo: String) -> Bool {
    guard let type = fileSystem(device: device, mountInfo: mountInfo) else { return false }
    return ["ext2", "ext3", "ext4", "xfs", "tmpfs"].contains(type)
  }

  private static func fileSystem(device: UInt64, mountInfo: String) -> String? {
    // The encoding of st_dev in Linux: makedev(3).
    let major = (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF
    let minor = device & 0xFF | (device >> 12) & 0xFFFF_FF00
    for line in mountInfo.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 6, fields[2] == "\(major):\(minor)",
        let separator = fields.firstIndex(of: "-"), separator + 1 < fields.count
      else { continue }
      return String(fields[separator + 1])
    }
    return nil
  }
}
