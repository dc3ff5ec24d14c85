//! Makes a bundle of the GGO data set of agreements between states: see README.md beside this file.

use std::path::Path;
use std::process::ExitCode;

mod convert;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, out] = arguments.as_slice() else {
        eprintln!("usage: cargo run --example ggo -- DATA_FOLDER OUT_FOLDER");
        return ExitCode::from(2);
    };
    match convert::convert(Path::new(data), Path::new(out)) {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
