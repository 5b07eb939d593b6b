// swift-tools-version: 6.3
import PackageDescription

/// The strict settings of every Swift target, in one place.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
]

let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "Intaglio",
  products: [
    .library(name: "Intaglio", targets: ["Intaglio"]),
    .library(name: "IntaglioVerifier", targets: ["IntaglioVerifier"]),
    .library(name: "IntaglioHooks", targets: ["IntaglioHooks"]),
    .library(name: "IntaglioPolicyFile", targets: ["IntaglioPolicyFile"]),
    .library(name: "IntaglioC", type: .dynamic, targets: ["IntaglioC"]),
    // For the benchmarks' plain C writer, which has to hash as the engine does.
    .library(name: "CHash", targets: ["CHash"]),
    .executable(name: "intaglio", targets: ["IntaglioCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
    .package(url: "https://github.com/apple/swift-crypto", "3.12.0"..<"5.0.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    // Floor 0: formats, hashes and system calls.
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .target(name: "CHash"),
    .target(name: "IntaglioFormat", dependencies: ["CHash", "CLZ4"], swiftSettings: strict),
    .target(name: "IntaglioStorage", dependencies: [systemPackage], swiftSettings: strict),
    // Floor 1: the state tree, over any store of nodes.
    .target(name: "IntaglioState", dependencies: ["IntaglioFormat"], swiftSettings: strict),
    // Floor 2: the engine, and beside it the verifier, which never imports the engine.
    .target(
      name: "Intaglio",
      dependencies: [
        "IntaglioFormat", "IntaglioState", "IntaglioStorage", systemPackage,
        .product(name: "HashTreeCollections", package: "swift-collections"),
      ],
      swiftSettings: strict),
    .target(
      name: "IntaglioVerifier",
      dependencies: ["IntaglioFormat", "IntaglioState", "IntaglioStorage", systemPackage],
      swiftSettings: strict),
    // Floor 3: governance over the engine: events, the policy gate, governed runs.
    .target(
      name: "IntaglioHooks",
      dependencies: [
        "Intaglio", "IntaglioFormat", "IntaglioState", "IntaglioStorage", systemPackage,
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    // Floor 4: policies in YAML, apart so that whoever embeds the engine links neither Yams nor Foundation.
    .target(
      name: "IntaglioPolicyFile",
      dependencies: ["IntaglioFormat", "IntaglioHooks", .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    // Floor 5: the C interface; its header is a module that the compiler holds the functions against.
    .systemLibrary(name: "CIntaglio", path: "Sources/IntaglioC/include"),
    .target(
      name: "IntaglioC",
      dependencies: [
        "CIntaglio", "Intaglio", "IntaglioFormat", "IntaglioHooks", "IntaglioPolicyFile",
        "IntaglioState", "IntaglioStorage", "IntaglioVerifier", systemPackage,
      ],
      exclude: ["include", "build-library", "exports.map"], swiftSettings: strict),
    // Floor 6: the command.
    .executableTarget(
      name: "IntaglioCLI",
      dependencies: [
        "Intaglio", "IntaglioFormat", "IntaglioHooks", "IntaglioPolicyFile", "IntaglioState",
        "IntaglioStorage", "IntaglioVerifier", systemPackage,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // Tests.
    .target(
      name: "IntaglioTestSupport",
      dependencies: ["IntaglioFormat", "IntaglioStorage", systemPackage],
      path: "Tests/IntaglioTestSupport", swiftSettings: strict),
    .executableTarget(
      name: "IntaglioTestWriter",
      dependencies: [
        "Intaglio", "IntaglioHooks", "IntaglioStorage", "IntaglioTestSupport", systemPackage,
      ],
      path: "Tests/IntaglioTestWriter", swiftSettings: strict),
    .executableTarget(
      name: "IntaglioCanonicalizer", dependencies: ["IntaglioFormat"],
      path: "Tests/IntaglioCanonicalizer", swiftSettings: strict),
    .testTarget(
      name: "CHashTests",
      dependencies: ["CHash", .product(name: "Crypto", package: "swift-crypto")]),
    .testTarget(name: "CLZ4Tests", dependencies: ["CLZ4"]),
    .testTarget(
      name: "IntaglioFormatTests",
      dependencies: ["IntaglioFormat", "IntaglioTestSupport"]),
    .testTarget(
      name: "IntaglioStorageTests",
      dependencies: ["IntaglioStorage", "IntaglioTestSupport", systemPackage]),
    .testTarget(
      name: "IntaglioStateTests",
      dependencies: ["IntaglioFormat", "IntaglioState", "IntaglioTestSupport"]),
    .testTarget(
      name: "IntaglioTests",
      dependencies: [
        "Intaglio", "IntaglioFormat", "IntaglioStorage", "IntaglioTestSupport",
        "IntaglioTestWriter", "IntaglioVerifier", systemPackage,
      ]),
    .testTarget(
      name: "IntaglioVerifierTests",
      dependencies: [
        "Intaglio", "IntaglioFormat", "IntaglioState", "IntaglioStorage", "IntaglioTestSupport",
        "IntaglioVerifier", systemPackage,
      ]),
    .testTarget(
      name: "IntaglioHooksTests",
      dependencies: [
        "Intaglio", "IntaglioFormat", "IntaglioHooks", "IntaglioStorage", "IntaglioTestSupport",
        "IntaglioTestWriter", "IntaglioVerifier", systemPackage,
      ]),
    .testTarget(
      name: "IntaglioPolicyFileTests",
      dependencies: [
        "IntaglioFormat", "IntaglioHooks", "IntaglioPolicyFile", "IntaglioTestSupport",
      ]),
    .testTarget(
      name: "IntaglioCTests",
      dependencies: [
        "CIntaglio", "IntaglioC", "IntaglioFormat", "IntaglioHooks", "IntaglioStorage",
        "IntaglioTestSupport", "IntaglioVerifier", systemPackage,
      ], exclude: ["Example"]),
    .testTarget(
      name: "IntaglioCLITests",
      dependencies: [
        "Intaglio", "IntaglioCLI", "IntaglioFormat", "IntaglioHooks", "IntaglioStorage",
        "IntaglioTestSupport", "IntaglioVerifier", systemPackage,
      ]),
  ],
  cLanguageStandard: .c17
)

// The fuzzers are kept outside the default build: they need flags that bar a package from use as a dependency. Run them with
// Tests/Fuzzing/run.
if Context.environment["INTAGLIO_FUZZ"] != nil {
  // libFuzzer wants inline counters, which `-sanitize=fuzzer` of the compiler does not make.
  let coverage = ["-sanitize=address", "-sanitize-coverage=edge,inline-8bit-counters,pc-table"]
  for name in ["FrameFuzzer", "VerifierFuzzer"] {
    package.targets.append(
      .executableTarget(
        name: name,
        dependencies: [
          "IntaglioFormat", "IntaglioStorage", "IntaglioTestSupport", "IntaglioVerifier",
          systemPackage,
        ],
        path: "Tests/Fuzzing/\(name)",
        swiftSettings: [.unsafeFlags(coverage + ["-parse-as-library"])],
        linkerSettings: [
          .unsafeFlags(["-sanitize=fuzzer", "-sanitize=address", "-use-ld=lld"])
        ]))
  }
  for target in package.targets where target.name.hasPrefix("Intaglio") && target.type == .regular {
    target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(coverage)]
  }
}
