//! The migrations are compiled into the program: a change of theirs is a reason to compile again.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=build.rs");
}
