//! The `samestory` command: see [`cli`] for what it does, and the library for how.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
