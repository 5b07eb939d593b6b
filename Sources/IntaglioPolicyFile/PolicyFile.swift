/// A policy as people write it: a text in YAML.
public enum PolicyFile {}
