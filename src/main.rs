//! The command line; see `entente::cli`.

fn main() -> std::process::ExitCode {
    entente::cli::run()
}
