//! The compiler driver.
fn main() {}
