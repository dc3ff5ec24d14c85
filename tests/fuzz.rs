//! What fuzzing has found worth keeping stays harmless: every input of `fuzz/corpus`, on the targets of `fuzz/targets.rs`.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::path::Path;

#[test]
fn no_input_that_was_found_does_any_harm() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    // As much as a thread of the server has.
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let run = thread.spawn(move || {
        for (name, target) in targets::TARGETS {
            let inputs = std::fs::read_dir(corpora.join(name)).unwrap();
            let inputs: Vec<_> = inputs.map(|input| input.unwrap().path()).collect();
            assert!(!inputs.is_empty(), "{name} has a corpus");
            for input in inputs {
                let bytes = std::fs::read(&input).unwrap();
                // Told by the name of the file that is tried when a target panics.
                eprintln!("{}", input.display());
                target(&bytes);
            }
        }
    });
    run.unwrap().join().unwrap();
}
