//! Shared flags of the command lines.
