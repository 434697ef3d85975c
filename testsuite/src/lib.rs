//! kaon-testsuite.
