//! Node, for the tests that are scripts: each folder of scripts has its packages, by exact versions.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::template;

/// A folder of scripts, with its packages installed.
#[derive(Debug)]
pub struct Scripts {
    folder: PathBuf,
}

impl Scripts {
    /// Those in a folder of `tests/`. What its lock file names is installed if it isn't there yet; whoever else wants it
    /// at the same time waits.
    #[track_caller]
    pub fn of(name: &str) -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let scripts = Self {
            folder: tests.join(name),
        };
        let lock = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("npm-{name}.lock"));
        let lock = File::create(lock).expect("the folder can be written");
        lock.lock().expect("the lock can be had");
        let modules = scripts.folder.join("node_modules");
        let wanted = template::digest(&[&format!("tests/{name}/package-lock.json")]);
        let installed = modules.join(".installed");
        if fs::read_to_string(&installed).is_ok_and(|found| found == wanted) {
            return scripts;
        }
        scripts.succeed(
            "npm",
            &["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        );
        fs::write(installed, wanted).expect("the folder can be written");
        scripts
    }

    /// Runs a script and gives what it says. It must succeed.
    #[track_caller]
    pub fn run(&self, script: &str, arguments: &[&str]) -> String {
        let told = self.succeed("node", &[&[script], arguments].concat());
        assert!(told.contains("0 failed"), "{script}:\n{told}");
        told
    }

    #[track_caller]
    fn succeed(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&self.folder)
            .output();
        let output = output.unwrap_or_else(|error| {
            panic!(
                "{program} can't be run ({error}): these tests need Node 18 or newer with npm, on Debian \
                 `apt-get install nodejs npm`; the README says what else the tests need"
            )
        });
        let told = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            output.status.success(),
            "{program} {} in {}:\n{told}",
            arguments.join(" "),
            self.folder.display()
        );
        told
    }
}

/// An empty folder of a script's own.
pub fn scratch(name: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _gone = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
        .into_os_string()
        .into_string()
        .expect("paths here are UTF-8")
}
