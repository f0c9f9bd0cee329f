package core

// Version of lithe, the same in every language (semantic versioning).
const Version = "0.1.0"
